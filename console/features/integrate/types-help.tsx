import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import frame from './integrate.module.css';
import classes from './types.module.css';
import { typeKeysWords } from './types-key-words.ts';
import { factsOf, keysAt, pathAt, type SchemaNode, schemaAt } from './types-schema.ts';

const kindSections = ['points', 'commands', 'events', 'alarms', 'settings'] as const;

/** What a key of type.yaml means; undefined of names that people choose. */
function useKeyWords(): (key: string) => string | undefined {
  const { t } = useTranslation('typeKeys');
  return (key) =>
    Object.hasOwn(typeKeysWords.zh, key) ? t(key as keyof typeof typeKeysWords.zh) : undefined;
}

/** What may stand at the cursor, by the published schema, and for points and commands by the kind that the text names. */
export function TypeHelp(props: {
  text: string;
  cursor: number;
  readOnly: boolean;
  onKey: (key: string) => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const wordsOf = useKeyWords();
  const label = useLabel();
  const { kinds } = useCatalogue();
  const { text, cursor } = props;
  const { data: schema } = useQuery({
    queryKey: ['device-type-schema'],
    queryFn: () => api.get<SchemaNode>('/schemas/device-type'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (schema === undefined) return null;
  const path = pathAt(text, cursor);
  const kind = kinds.get(/^kind:\s*([a-z0-9-]+)/m.exec(text)?.[1] ?? '');
  const last = path.at(-1) ?? '';
  const [section = '', name = ''] = path;
  const facts = factsOf(schemaAt(schema, path));
  const types = facts.types.filter((type) => type !== 'object');
  const listed = kindSections.find((each) => each === section);
  const ofKind = kind && listed ? kind[listed] : undefined;
  const keys = keysAt(schema, path);
  const parents = path.length > 0 && keys.length === 0 ? keysAt(schema, path.slice(0, -1)) : [];
  const names = path.length === 1 && ofKind ? Object.keys(ofKind) : [];
  const offered = [...names, ...(keys.length > 0 ? keys : names.length > 0 ? [] : parents)];
  const named = path.length === 2 && ofKind && Object.hasOwn(ofKind, name) ? ofKind[name] : undefined;
  const title = named && 'label' in named ? named.label : named && 'title' in named ? named.title : undefined;
  const meaning = title ? label(title) : (wordsOf(last) ?? facts.description);
  return (
    <section className={frame.stack} aria-label={t('doc')}>
      <h3 className={classes.heading}>
        {t('doc')}: <code>{path.length === 0 ? t('doc.top') : path.join(' › ')}</code>
      </h3>
      {meaning === null ? null : <p className={classes.meaning}>{meaning}</p>}
      <ul className={classes.facts}>
        {types.length > 0 ? <li>{t('doc.type', { type: types.join(' / ') })}</li> : null}
        {facts.values.length > 0 ? <li>{t('doc.values', { values: facts.values.join(', ') })}</li> : null}
        {facts.range === null ? null : <li>{t('doc.range', { range: facts.range })}</li>}
        {facts.preset === null ? null : <li>{t('doc.default', { value: facts.preset })}</li>}
      </ul>
      {offered.length === 0 ? (
        meaning === null && types.length === 0 ? (
          <p className={frame.dim}>{t('doc.none')}</p>
        ) : null
      ) : (
        <>
          <p className={frame.dim}>{t('doc.keys')}</p>
          <div className={classes.keys}>
            {offered.map((key) => (
              <button
                key={key}
                type="button"
                className={classes.key}
                disabled={props.readOnly}
                title={wordsOf(key)}
                onClick={() => props.onKey(key)}
              >
                {key}
              </button>
            ))}
          </div>
        </>
      )}
    </section>
  );
}
