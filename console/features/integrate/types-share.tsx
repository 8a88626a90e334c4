import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useAct } from '../../app/act.tsx';
import { api } from '../../app/api.ts';
import { paths } from '../../app/routes.tsx';
import { Dialog } from '../../components/dialog.tsx';
import frame from './integrate.module.css';
import { dropDrafts } from './types-draft.ts';

/** Saves a type with its README and cases as one file of the browser. */
export function ExportType({ id }: { id: string }) {
  const { t } = useTranslation('integrateTypes');
  return (
    <Button
      component="a"
      size="compact-sm"
      variant="default"
      href={`/api/v1/device-types/${id}/bundle`}
      download={`${id}.type.json`}
    >
      {t('export')}
    </Button>
  );
}

/** Removes one of the site's own types when no device is of it. */
export function DeleteType({ id, devices }: { id: string; devices: readonly string[] }) {
  const { t } = useTranslation(['integrateTypes', 'app']);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [act, busy] = useAct();

  async function remove(): Promise<void> {
    const gone = await act(() => api.delete(`/device-types/${id}`));
    setAsking(false);
    if (!gone) return;
    dropDrafts(id);
    await navigate(paths.integrate('types'));
    queries.removeQueries({ queryKey: ['type-source', id] });
    await queries.invalidateQueries({ queryKey: ['type-library'] });
    await queries.invalidateQueries({ queryKey: ['device-types'] });
  }

  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
        {t('delete')}
      </Button>
      <Dialog opened={asking} onClose={() => setAsking(false)} title={t('delete.title', { id })}>
        <div className={frame.stack}>
          <p>
            {devices.length > 0
              ? t('delete.used', { count: devices.length, ids: devices.slice(0, 8).join(', ') })
              : t('delete.explain')}
          </p>
          <div className={frame.row}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t('app:action.cancel')}
            </Button>
            <Button disabled={devices.length > 0} loading={busy} onClick={() => void remove()}>
              {t('delete')}
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
