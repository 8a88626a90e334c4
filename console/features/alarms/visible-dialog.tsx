import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLabel } from '../../app/language.ts';
import { live } from '../../app/live.ts';
import { useWhere } from '../../app/spoken.ts';
import { Dialog } from '../../components/dialog.tsx';
import { PriorityTag } from '../../components/priority.tsx';
import classes from './alarm-detail.module.css';

/** Shift+A: names what it will acknowledge before it does. */
export function VisibleDialog(props: {
  ids: readonly string[] | null;
  onClose: () => void;
  onConfirm: (ids: readonly string[]) => Promise<boolean>;
}) {
  const { ids, onClose, onConfirm } = props;
  const { t } = useTranslation(['alarms', 'app']);
  const label = useLabel();
  const where = useWhere();
  const [busy, setBusy] = useState(false);
  const some = ids !== null && ids.length > 0;

  async function confirm(): Promise<void> {
    if (ids === null) return;
    setBusy(true);
    await onConfirm(ids);
    setBusy(false);
    onClose();
  }

  return (
    <Dialog
      opened={ids !== null}
      onClose={onClose}
      title={some ? t('visible.title', { count: ids.length }) : t('action.acknowledgeVisible')}
      size={560}
    >
      <p>{t(some ? 'visible.explain' : 'visible.none')}</p>
      <ul className={classes.plain}>
        {(ids ?? []).map((id) => {
          const alarm = live.get('alarms', id);
          return alarm === undefined ? null : (
            <li key={id}>
              <PriorityTag priority={alarm.priority} /> {label(alarm.title)} · {where(alarm)}
            </li>
          );
        })}
      </ul>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus={some ? undefined : true}>
          {t('app:action.cancel')}
        </Button>
        {some ? (
          <Button onClick={() => void confirm()} loading={busy} data-autofocus>
            {t('panel.acknowledge')}
          </Button>
        ) : null}
      </Group>
    </Dialog>
  );
}
