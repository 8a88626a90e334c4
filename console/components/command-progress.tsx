import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Command, CommandState } from '../../gateway/contract/command.ts';
import { useEntity } from '../app/live.ts';
import { useWho } from '../app/spoken.ts';
import { useSiteTime } from '../app/time.ts';
import classes from './command-progress.module.css';
import { useWhyNot } from './why-not.ts';

const marks: Record<CommandState, string> = {
  requested: '○',
  sending: '◔',
  sent: '◑',
  confirmed: '✓',
  failed: '✕',
  expired: '✕',
  unknown: '?',
};

/** What has become of a command, from its record to the read-back; it follows by itself. */
export function CommandProgress({ command, label }: { command: Command; label: string }) {
  const { t } = useTranslation('parts');
  const time = useSiteTime();
  const spoken = useWho();
  const whyNot = useWhyNot();
  const now = useEntity('commands', command.id);
  // A command that has ended is no longer part of a new snapshot: what was last known of it stays.
  const [known, setKnown] = useState(command);
  if (now !== undefined && now !== known) setKnown(now);
  const { state, error, failure, requestedAt, requestedBy, endedAt, reason } = now ?? known;
  const why = whyNot({ error, failure });
  return (
    <div className={classes.command} data-state={state} data-testid="command">
      <span className={classes.mark} aria-hidden="true">
        {marks[state]}
      </span>
      <span>
        <strong>{label}</strong> {t(`command.${state}`)}
        {endedAt === null ? null : (
          <span className={classes.dim}> · {t('command.took', { ms: endedAt - requestedAt })}</span>
        )}
        {why === null ? null : (
          <span className={classes.error} title={error ?? undefined}>
            {why}
          </span>
        )}
      </span>
      <span className={classes.dim}>
        {t('command.by', { who: spoken(requestedBy), at: time.clock(requestedAt) })}
        {reason === null ? '' : ` · ${reason}`}
      </span>
    </div>
  );
}
