import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Label } from '../../../gateway/contract/names.ts';
import { useAct } from '../../app/act.tsx';
import { api } from '../../app/api.ts';
import { useLabel } from '../../app/language.ts';
import { useCan } from '../../app/session.tsx';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import classes from './panels.module.css';

interface Scene {
  id: string;
  title: Label;
}

/** Stories that the simulators play, when this gateway runs with them; else nothing. */
export function ScenesPanel() {
  const can = useCan();
  const { data } = useQuery({
    queryKey: ['scenes'],
    queryFn: () => api.get<{ items: Scene[] }>('/simulation/scenes'),
    enabled: can('simulate'),
    // A gateway without simulators says that there is no such thing; asking again changes nothing.
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data === undefined || data.items.length === 0 ? null : <Scenes scenes={data.items} />;
}

function Scenes({ scenes }: { scenes: readonly Scene[] }) {
  const { t } = useTranslation('overview');
  const label = useLabel();
  const [act, busy] = useAct();
  const [played, setPlayed] = useState<string | null>(null);

  async function play(id: string): Promise<void> {
    setPlayed(null);
    if (await act(() => api.post(`/simulation/scenes/${id}`))) setPlayed(id);
  }

  return (
    <Panel title={t('scenes.title')}>
      <p className={tables.dim}>{t('scenes.explain')}</p>
      <ul className={classes.scenes}>
        {scenes.map(({ id, title }) => (
          <li key={id}>
            <Button
              size="compact-sm"
              variant="default"
              disabled={busy}
              onClick={() => void play(id)}
              data-testid={`scene-${id}`}
            >
              {t('scenes.play')}
            </Button>
            <span>{label(title)}</span>
            <span className={tables.dim} role="status">
              {played === id ? t('scenes.played') : ''}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
