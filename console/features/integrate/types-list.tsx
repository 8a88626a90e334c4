import { Button, Checkbox, FileButton, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { paths } from '../../app/routes.tsx';
import tables from '../../components/data-table.module.css';
import { Dialog } from '../../components/dialog.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';
import { type ListedType, useListedTypes } from './types-api.ts';
import { useDrafted } from './types-draft.ts';
import { TypeFromSheet } from './types-from-sheet.tsx';

function says(type: ListedType, filter: string): boolean {
  const { id, label, maker, model, kind, link } = type;
  const said = [id, label?.zh, label?.en, maker, model, kind, link].join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

/** All device types, the site's own first. */
export function TypesList() {
  const { t } = useTranslation(['integrateTypes', 'app']);
  const label = useLabel();
  const { kinds } = useCatalogue();
  const [filter, setFilter] = useState('');
  const [ownOnly, setOwnOnly] = useState(false);
  const [importing, setImporting] = useState(false);
  const [making, setMaking] = useState(false);
  const { data, error } = useListedTypes();
  const drafted = useDrafted();
  const shown = (data?.items ?? []).filter((type) => (!ownOnly || type.own) && says(type, filter.trim()));
  const list = (
    <Panel
      title={t('title')}
      aside={
        <div className={frame.row}>
          <Button size="compact-sm" variant="default" onClick={() => setMaking(true)}>
            {t('sheet.do')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setImporting(true)}>
            {t('import')}
          </Button>
        </div>
      }
    >
      <div className={frame.stack}>
        <p className={frame.dim}>{t('explain')}</p>
        <div className={frame.row}>
          <TextInput
            size="xs"
            w={320}
            label={t('filter')}
            value={filter}
            onChange={(event) => setFilter(event.currentTarget.value)}
          />
          <Checkbox
            label={t('ownOnly')}
            checked={ownOnly}
            onChange={(event) => setOwnOnly(event.currentTarget.checked)}
          />
        </div>
        <ProblemNote error={error} />
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{t('type')}</th>
              <th>{t('maker')}</th>
              <th>{t('kind')}</th>
              <th>{t('link')}</th>
              <th className={tables.right}>{t('devices')}</th>
              <th className={tables.right}>{t('cases')}</th>
              <th>{t('state')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((type) => {
              const kind = kinds.get(type.kind ?? '');
              const [problem] = type.problems;
              return (
                <tr key={type.id} data-testid={`type-${type.id}`}>
                  <td>
                    <Link to={paths.integrate('types', type.id)}>
                      {type.label === null ? type.id : label(type.label)}
                    </Link>{' '}
                    <code className={tables.dim}>{type.id}</code>
                    {type.own ? <strong> · {t('own')}</strong> : null}
                    {type.own && drafted(type.id) ? ` · ${t('draft.short')}` : null}
                  </td>
                  <td>
                    {type.maker} {type.model}
                  </td>
                  <td>{kind === undefined ? type.kind : label(kind.label)}</td>
                  <td>{type.link}</td>
                  <td className={`${tables.right} gh-number`}>{type.devices}</td>
                  <td className={`${tables.right} gh-number`}>{type.cases}</td>
                  <td>
                    {type.state === 'sound' && type.casesFailing > 0 ? null : (
                      <span className={type.state === 'sound' ? tables.nowrap : undefined}>
                        {type.state === 'sound' ? '' : '⚠ '}
                        {t(`state.${type.state}`)}
                      </span>
                    )}
                    {type.casesFailing === 0 ? null : (
                      <div className={tables.nowrap}>
                        <Link to={`${paths.integrate('types', type.id)}?view=cases`}>
                          ⚠ {t('state.failing', { count: type.casesFailing })}
                        </Link>
                      </div>
                    )}
                    {problem === undefined ? null : (
                      <div className={frame.words}>
                        <code>
                          {problem.file}:{problem.line}:{problem.column}
                        </code>{' '}
                        {problem.message}
                      </div>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
        {data !== undefined && shown.length === 0 ? <p className={frame.dim}>{t('none')}</p> : null}
      </div>
      <ImportDialog opened={importing} onClose={() => setImporting(false)} />
    </Panel>
  );
  return making ? (
    <div className={frame.stack}>
      <TypeFromSheet onClose={() => setMaking(false)} />
      {list}
    </div>
  ) : (
    list
  );
}

function ImportDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('integrateTypes');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [id, setId] = useState('');
  const [replace, setReplace] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function take(file: File | null): Promise<void> {
    if (file === null) return;
    setError(null);
    try {
      const bundle = await file.text();
      const taken = await api.post<{ id: string }>('/device-types/import', {
        bundle,
        replace,
        ...(id.trim() === '' ? {} : { id: id.trim() }),
      });
      await queries.invalidateQueries({ queryKey: ['type-library'] });
      await queries.invalidateQueries({ queryKey: ['device-types'] });
      onClose();
      await navigate(paths.integrate('types', taken.id));
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <Dialog opened={opened} onClose={onClose} title={t('import')}>
      <div className={frame.stack}>
        <TextInput
          label={t('import.id')}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          autoComplete="off"
        />
        <Checkbox
          label={t('import.replace')}
          checked={replace}
          onChange={(event) => setReplace(event.currentTarget.checked)}
        />
        <FileButton accept=".json,application/json" onChange={(file) => void take(file)}>
          {(props) => <Button {...props}>{t('import.file')}</Button>}
        </FileButton>
        <ProblemNote error={error} />
      </div>
    </Dialog>
  );
}
