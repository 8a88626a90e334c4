import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import type { LinkageRun, LinkedAction } from '../../../gateway/contract/linkage-run.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntity } from '../../app/live.ts';
import { hasPage, paths } from '../../app/routes.tsx';
import { useReason } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { useAlarmRecords } from './alarm-records.ts';
import classes from './linkage-runs.module.css';

const marks: Record<LinkedAction['state'], string> = { waiting: '◔', confirmed: '✓', failed: '✕' };
/** What needs somebody's hands comes first. */
const order: Record<LinkedAction['state'], number> = { failed: 0, waiting: 1, confirmed: 2 };

/** What linkages did on account of an alarm, device by device: done, not confirmed, and why. */
export function LinkageRuns({ alarm }: { alarm: Alarm }) {
  const { t } = useTranslation('alarms');
  const runs = useAlarmRecords('linkage-runs', alarm);
  if (runs.length === 0) return null;
  return (
    <section aria-label={t('linked.title')} data-testid="linkage-runs">
      <h3>{t('linked.title')}</h3>
      {runs.map((run) => (
        <Run key={run.linkage} run={run} closed={alarm.state === 'closed'} />
      ))}
    </section>
  );
}

function Run({ run, closed }: { run: LinkageRun; closed: boolean }) {
  const { t } = useTranslation('alarms');
  const { actions, without } = run;
  const done = actions.filter(({ state }) => state === 'confirmed').length;
  const sorted = actions.toSorted((a, b) => order[a.state] - order[b.state]);
  return (
    <div className={classes.run}>
      <p className={classes.summary} role="status" data-testid={`linkage-${run.linkage}`}>
        {t(done === actions.length ? 'linked.all' : 'linked.some', {
          name: run.name,
          done,
          all: actions.length,
        })}
      </p>
      <ul className={classes.actions}>
        {sorted.map((action) => (
          <Action key={`${action.device} ${action.command}`} run={run} action={action} closed={closed} />
        ))}
      </ul>
      {without.length === 0 ? null : (
        <p className={`${classes.without} ${classes.dim}`}>
          {t('linked.without', { names: without.map(({ deviceName }) => deviceName).join(t('linked.and')) })}
        </p>
      )}
    </div>
  );
}

function Action({ run, action, closed }: { run: LinkageRun; action: LinkedAction; closed: boolean }) {
  const { t } = useTranslation('alarms');
  const label = useLabel();
  const time = useSiteTime();
  const device = useEntity('devices', action.device);
  const deviceState = useEntity('device-states', action.device);
  const reason = useReason();
  const command = useCatalogue().kindOf(device?.type)?.commands[action.command];
  const name = action.deviceName;
  const { state, error, since, tries, retryAt } = action;
  // The gateway's own sentence is English; what it mostly is has words here.
  const offline = !closed && state === 'failed' && deviceState?.state === 'offline';
  const why = offline
    ? t('linked.offline', { why: deviceState.why === null ? '' : reason(deviceState.why) })
    : error;
  return (
    <li data-state={state} data-testid={`action-${action.device}`}>
      <span className={classes.mark} aria-hidden="true">
        {marks[state]}
      </span>
      <span>
        <span className={classes.what}>
          {hasPage(paths.device(action.device)) ? <Link to={paths.device(action.device)}>{name}</Link> : name}
          {' · '}
          {command === undefined ? action.command : label(command.label)}
          {' · '}
          {t(`linked.${state}`, { at: time.clock(since), s: ((since - run.startedAt) / 1_000).toFixed(1) })}
        </span>
        {state !== 'failed' || why === null ? null : (
          <span className={classes.dim}>
            {' · '}
            {why}
          </span>
        )}
        {state !== 'failed' || closed ? null : (
          <span className={classes.dim}>
            {' · '}
            {retryAt === null
              ? t('linked.tries', { n: tries })
              : t('linked.again', { n: tries, at: time.clock(retryAt) })}
          </span>
        )}
      </span>
    </li>
  );
}
