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
import { useWhyNot } from '../../components/why-not.ts';
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

/** Why an action is not confirmed: that its device is gone now, or what became of the last command. */
function useWhyNotNow({ device, ...action }: LinkedAction, closed: boolean): string | null {
  const { t } = useTranslation('alarms');
  const reason = useReason();
  const whyNot = useWhyNot();
  const now = useEntity('device-states', device);
  if (closed || now?.state !== 'offline') return whyNot(action);
  return t('linked.offline', { why: now.why === null ? '' : reason(now.why) });
}

function Action({ run, action, closed }: { run: LinkageRun; action: LinkedAction; closed: boolean }) {
  const { t } = useTranslation('alarms');
  const label = useLabel();
  const time = useSiteTime();
  const type = useEntity('devices', action.device)?.type;
  const command = useCatalogue().kindOf(type)?.commands[action.command];
  const why = useWhyNotNow(action, closed);
  const { deviceName: name, state, error, since, tries, retryAt } = action;
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
          {t(`linked.${state}`, { s: ((since - run.startedAt) / 1_000).toFixed(1) })}
        </span>
        {state !== 'failed' || why === null ? null : (
          <span className={classes.dim} title={error ?? undefined}>
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
