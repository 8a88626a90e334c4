import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Sequence } from '../../../gateway/contract/plant.ts';
import type { Device } from '../../../gateway/contract/site.ts';
import { calls } from '../../app/alarm-list.ts';
import { api, type Page, queryString } from '../../app/api.ts';
import { live, useEntities, useEntity } from '../../app/live.ts';
import { paths } from '../../app/routes.tsx';
import { useReturned } from '../../app/spoken.ts';
import { useNow, useSiteTime } from '../../app/time.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { PriorityMark } from '../../components/priority.tsx';
import classes from './plant.module.css';
import { type SequenceLine, sequenceLines, stepUnderWay } from './sequence-steps.ts';

const mostBefore = 8;
const marks: Record<SequenceLine['result'], string> = {
  waiting: '…',
  done: '✓',
  late: '!',
  early: '!',
  missed: '✕',
  unseen: '?',
  void: '–',
};

/** `8.4 s`, `3:02`: tenths of a second while they matter. */
function useTook(): (ms: number) => string {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  return (ms) => (ms < 60_000 ? t('sequence.seconds', { n: (ms / 1_000).toFixed(1) }) : time.duration(ms));
}

/** In one line: how the last loss of mains went, or how far the one under way is. */
export function SequenceBrief({ sequence }: { sequence: Sequence }) {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  if (sequence.state !== 'ended') return <SequenceUnderWay sequence={sequence} />;
  return (
    <span>
      {t('sequence.last', {
        at: time.moment(sequence.lostAt).slice(0, -3),
        outcome: t(`outcome.${sequence.outcome ?? 'good'}`),
      })}
    </span>
  );
}

function SequenceUnderWay({ sequence }: { sequence: Sequence }) {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const now = useNow();
  const step = stepUnderWay(sequenceLines(sequence, now));
  return (
    <strong>
      {t(sequence.state === 'return' ? 'run.return' : 'run.outage')}{' '}
      {time.duration(now - (sequence.returnedAt ?? sequence.lostAt))}
      {step === undefined ? '' : ` · ${t(`step.${step.what}`)} ${t(`result.${step.result}`)}`}
    </strong>
  );
}

/** The run under way or the last one, step by step with its times, and those before it. */
export function SequencePanel({ device }: { device: Device }) {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const took = useTook();
  const sequence = useEntity('sequences', device.id);
  const mains = useEntity(
    'devices',
    typeof device.settings?.mains === 'string' ? device.settings.mains : undefined,
  );
  return (
    <Panel
      title={t('sequence.title')}
      aside={
        <span className={classes.aside}>
          {mains === undefined ? (
            t('sequence.unwatched')
          ) : (
            <>
              {t('sequence.mains')} <Link to={paths.plant(mains.id)}>{mains.name}</Link>
            </>
          )}
        </span>
      }
    >
      {sequence === undefined ? (
        <p className={classes.none}>{t('sequence.never')}</p>
      ) : (
        <>
          <p className={classes.run} data-testid="sequence-state">
            <strong>
              {sequence.state === 'ended'
                ? t(`outcome.${sequence.outcome ?? 'good'}`)
                : t(`run.${sequence.state}`)}
            </strong>{' '}
            {t('sequence.lostAt', { at: time.moment(sequence.lostAt) })}
            {sequence.returnedAt === null
              ? ''
              : ` · ${t('sequence.outage', { took: took(sequence.returnedAt - sequence.lostAt) })}`}
          </p>
          {sequence.state === 'ended' ? (
            <Steps sequence={sequence} now={sequence.endedAt ?? sequence.lostAt} />
          ) : (
            <RunningSteps sequence={sequence} />
          )}
        </>
      )}
      <EarlierSequences generator={device.id} shown={sequence} />
    </Panel>
  );
}

function RunningSteps({ sequence }: { sequence: Sequence }) {
  return <Steps sequence={sequence} now={useNow()} />;
}

function Steps({ sequence, now }: { sequence: Sequence; now: number }) {
  const { t } = useTranslation('plant');
  return (
    <ol className={classes.steps} aria-label={t('sequence.title')}>
      {sequenceLines(sequence, now).map((line) => (
        <Step key={line.what} line={line} generator={sequence.generator} />
      ))}
    </ol>
  );
}

function Step({ line, generator }: { line: SequenceLine; generator: string }) {
  const { what, result, at, tookMs, byMs, fromMs, seen } = line;
  const { t } = useTranslation(['plant', 'terms']);
  const time = useSiteTime();
  const took = useTook();
  const returned = useReturned();
  const alarm = useEntities('alarms').find(
    (each) => each.device === generator && each.definition === 'stepMissed' && each.instance === what,
  );
  const waiting = result === 'waiting' || result === 'missed';
  const allowed =
    byMs === null
      ? null
      : fromMs === null
        ? t('sequence.within', { n: Math.round(byMs / 1_000) })
        : t('sequence.around', {
            n: Math.round((fromMs + byMs) / 2_000),
            tolerance: Math.round((byMs - fromMs) / 2_000),
          });
  return (
    <li className={classes.step} data-result={result} data-testid={`step-${what}`}>
      <span className={classes.stepName}>
        <span className={classes.stepMark} aria-hidden="true">
          {marks[result]}
        </span>
        {t(`step.${what}`)}
        {alarm === undefined ? null : (
          <Link to={paths.alarm(alarm.id)}>
            <PriorityMark
              priority={alarm.priority}
              size={18}
              blinking={calls(alarm)}
              hollow={returned(alarm)}
              label={t(`terms:priority.${alarm.priority}`)}
            />
          </Link>
        )}
      </span>
      <span>
        {what === 'lost' ? '' : t(`result.${result}`)}
        {seen || result === 'unseen' ? '' : ` ${t('sequence.noticed')}`}
      </span>
      {tookMs === null || result === 'void' ? null : (
        <span className="gh-number">
          <strong>{took(tookMs)}</strong>
          {allowed === null ? '' : ` ${allowed}`}
        </span>
      )}
      {byMs === null || result === 'void' ? null : (
        <TimeBar tookMs={tookMs} fromMs={fromMs} byMs={byMs} waiting={waiting} />
      )}
      {at === null ? null : <span className={`${classes.stepAt} gh-number`}>{time.clock(at)}</span>}
    </li>
  );
}

/** How much of its time a step has used; the time that it may take ends at three quarters of the bar. */
function TimeBar(props: { tookMs: number | null; fromMs: number | null; byMs: number; waiting: boolean }) {
  const { tookMs, fromMs, byMs, waiting } = props;
  const full = byMs / 0.75;
  const x = (ms: number) => (Math.min(1, ms / full) * 100).toFixed(1);
  return (
    <svg className={classes.timeBar} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect className={classes.barGround} width="100" height="8" />
      <rect
        className={classes.barAllowed}
        x={x(fromMs ?? 0)}
        width={Number(x(byMs)) - Number(x(fromMs ?? 0))}
        height="8"
      />
      {tookMs === null ? null : (
        <rect
          className={classes.barTook}
          data-waiting={waiting || undefined}
          y="2"
          width={x(tookMs)}
          height="4"
        />
      )}
    </svg>
  );
}

/** Losses of mains before the one that is drawn. */
function EarlierSequences({ generator, shown }: { generator: string; shown: Sequence | undefined }) {
  const { t } = useTranslation('plant');
  const time = useSiteTime();
  const took = useTook();
  const { data } = useQuery({
    queryKey: ['sequences', generator, shown?.id],
    queryFn: () =>
      api.get<Page<Sequence>>(`/plant/sequences${queryString({ generator, limit: mostBefore + 1 })}`),
  });
  const before = (data?.items ?? []).filter(({ id }) => id !== shown?.id).slice(0, mostBefore);
  if (before.length === 0) return null;
  const stepTook = (sequence: Sequence, step: SequenceLine['what']) => {
    const line = sequenceLines(sequence, sequence.endedAt ?? live.serverNow()).find(
      ({ what }) => what === step,
    );
    if (line === undefined) return '';
    return line.at === null || line.tookMs === null ? t(`result.${line.result}`) : took(line.tookMs);
  };
  return (
    <table className={tables.table}>
      <caption className={classes.caption}>{t('sequence.before')}</caption>
      <thead>
        <tr>
          <th>{t('step.lost')}</th>
          <th>{t('sequence.lasted')}</th>
          <th>{t('step.start')}</th>
          <th>{t('step.load')}</th>
          <th>{t('step.stop')}</th>
          <th>{t('sequence.outcome')}</th>
        </tr>
      </thead>
      <tbody>
        {before.map((sequence) => (
          <tr key={sequence.id}>
            <td className="gh-number">{time.moment(sequence.lostAt)}</td>
            <td className="gh-number">
              {sequence.returnedAt === null ? '—' : took(sequence.returnedAt - sequence.lostAt)}
            </td>
            <td className="gh-number">{stepTook(sequence, 'start')}</td>
            <td className="gh-number">{stepTook(sequence, 'load')}</td>
            <td className="gh-number">{stepTook(sequence, 'stop')}</td>
            <td>{t(`outcome.${sequence.outcome ?? 'good'}`)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
