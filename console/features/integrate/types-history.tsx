import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Page } from '../../app/api.ts';
import { useSiteTime } from '../../app/time.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';
import { Printed } from './printed.tsx';
import classes from './types.module.css';
import type { TypeVersion } from './types-api.ts';

/** What a file of a type has said before; a former text is put into the editor, and saved from there. */
export function TypeHistory(props: {
  id: string;
  /** `type.yaml`, or a README or a file of a case. */
  path: string;
  current: string | null;
  onRestore: (text: string) => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const time = useSiteTime();
  const { id, path, current } = props;
  const query = `?file=${encodeURIComponent(path)}`;
  const name = path.replace(/^.*\//, '');
  const [shown, setShown] = useState<TypeVersion | null>(null);
  const { data, error } = useQuery({
    queryKey: ['type-versions', id, path],
    queryFn: () => api.get<Page<TypeVersion>>(`/device-types/${id}/versions${query}`),
  });
  const former = useQuery({
    queryKey: ['type-version', id, path, shown?.version],
    queryFn: () => api.get<{ text: string }>(`/device-types/${id}/versions/${shown?.version}${query}`),
    enabled: shown !== null,
  });
  const versions = data?.items ?? [];
  return (
    <Panel title={path === 'type.yaml' ? t('history') : t('history.of', { file: name })}>
      <ProblemNote error={error} />
      {versions.length === 0 ? <p className={frame.dim}>{t('history.none')}</p> : null}
      <ul className={classes.versions}>
        {versions.map((version) => (
          <li key={`${version.version} ${version.at}`}>
            <span className="gh-number">{time.moment(version.at)}</span>
            <span>{version.name ?? version.who ?? t('who.none')}</span>
            <span className={frame.dim}>
              {t(`how.${version.how}`)}
              {version.version === current ? ` · ${t('history.current')}` : ''}
            </span>
            <Button size="compact-xs" variant="default" onClick={() => setShown(version)}>
              {t('history.show')}
            </Button>
          </li>
        ))}
      </ul>
      <Dialog
        size="lg"
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown === null ? '' : `${id} · ${name} · ${time.moment(shown.at)}`}
      >
        <div className={frame.stack}>
          <ProblemNote error={former.error} />
          <Printed text={former.data?.text ?? ''} />
          <Button
            disabled={former.data === undefined}
            onClick={() => {
              if (former.data) props.onRestore(former.data.text);
              setShown(null);
            }}
          >
            {t('history.restore')}
          </Button>
        </div>
      </Dialog>
    </Panel>
  );
}
