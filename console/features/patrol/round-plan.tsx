import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CheckResult, Round } from '../../../gateway/contract/patrol.ts';
import { useEntityMap } from '../../app/live.ts';
import { boxOf, pathOf, type Sheet, type Spot, sheetOf, widen } from '../../components/plan/geometry.ts';
import { AreaOutline, SheetFrame, useOutlines } from '../../components/plan/plan-ground.tsx';
import { Pin, PlanItem, PlanView } from '../../components/plan/plan-view.tsx';
import classes from './patrol.module.css';
import { replayMoment, replaySpan, replaySteps, resultAt, type Whereabouts, whereAt } from './replay.ts';
import { ReplayBar } from './replay-bar.tsx';
import { type Check, resultShape } from './round-board.ts';

interface Stop {
  /** Its number on the route. */
  n: number;
  check: Check;
  name: string;
  at: Spot;
}

/** The plan on which most of the checkpoints stand, with those that do. */
function useStops(round: Round): { sheet: Sheet; stops: Stop[] } | null {
  const checkpoints = useEntityMap('checkpoints');
  const areas = useEntityMap('areas');
  return useMemo(() => {
    const sheets = new Map<string, { sheet: Sheet; stops: Stop[] }>();
    for (const [i, check] of round.checks.entries()) {
      const checkpoint = checkpoints.get(check.checkpoint);
      const sheet = checkpoint === undefined ? undefined : sheetOf(areas, checkpoint.area);
      if (checkpoint?.position === undefined || sheet === undefined) continue;
      const on = sheets.get(sheet.id) ?? { sheet, stops: [] };
      sheets.set(sheet.id, on);
      on.stops.push({ n: i + 1, check, name: checkpoint.name, at: checkpoint.position });
    }
    return [...sheets.values()].sort((a, b) => b.stops.length - a.stops.length)[0] ?? null;
  }, [round.checks, checkpoints, areas]);
}

/** Where somebody was, in words. */
function useWords() {
  const { t } = useTranslation('patrol');
  const named = ({ n, name }: Stop) => `${n} ${name}`;
  return (where: Whereabouts<Stop> | null) => {
    if (where === null) return t('replay.before');
    const { last, next } = where;
    return next === null
      ? t('replay.after', { last: named(last) })
      : t('replay.between', { last: named(last), next: named(next) });
  };
}

/**
 * The way of a round on the plan: what has been proved, in the order in which it was walked, and what has not. One that is over
 * can be replayed.
 */
export default function RoundPlan(props: {
  round: Round;
  selected: number | null;
  onSelect: (n: number) => void;
}) {
  const { round, selected, onSelect } = props;
  const { t } = useTranslation('patrol');
  const found = useStops(round);
  const outlines = useOutlines(found?.sheet.id ?? '');
  const words = useWords();
  const [step, setStep] = useState(replaySteps);
  const span = useMemo(() => replaySpan(round), [round]);
  const target = useMemo(() => {
    if (found === null || found.stops.length === 0) return null;
    const { width, height } = found.sheet.plan;
    return {
      key: round.id,
      box: widen(boxOf(found.stops.map(({ at }) => at)), Math.max(width, height) * 0.06),
    };
  }, [found, round.id]);
  if (found === null) return <p className={classes.none}>{t('round.planNone')}</p>;
  const { sheet, stops } = found;
  const walked = stops
    .filter(({ check }) => check.at !== null)
    .sort((a, b) => (a.check.at ?? 0) - (b.check.at ?? 0));
  const chosen = stops.find(({ n }) => n === selected);
  // At its end all of the round is shown, as one that nobody replays.
  const moment = span === null || step === replaySteps ? Number.POSITIVE_INFINITY : replayMoment(span, step);
  const where = whereAt(walked, moment);
  const replaying = Number.isFinite(moment);
  const way = [
    ...walked.filter(({ check }) => (check.at ?? 0) <= moment).map(({ at }) => at),
    ...(replaying && where !== null ? [where.spot] : []),
  ];
  return (
    <div className={classes.planWithReplay}>
      <PlanView width={sheet.plan.width} height={sheet.plan.height} label={sheet.name} target={target}>
        <SheetFrame sheet={sheet} />
        {outlines.map((outline) => (
          <AreaOutline key={outline.area.id} {...outline} />
        ))}
        {stops.length < 2 ? null : (
          <path
            className={classes.way}
            d={pathOf(
              stops.map(({ at }) => at),
              false,
            )}
          />
        )}
        {way.length < 2 ? null : <path className={classes.walked} d={pathOf(way, false)} />}
        {stops.map((stop) => (
          <StopMark
            key={stop.n}
            stop={stop}
            result={resultAt(stop.check, moment)}
            selected={stop === chosen}
            onSelect={() => onSelect(stop.n)}
          />
        ))}
        {replaying && where !== null ? (
          <Pin at={where.spot}>
            <circle className={classes.walker} r="17" data-testid="walker" />
          </Pin>
        ) : null}
      </PlanView>
      {span === null ? null : <ReplayBar span={span} step={step} onStep={setStep} where={words(where)} />}
    </div>
  );
}

function StopMark(props: { stop: Stop; result: CheckResult; selected: boolean; onSelect: () => void }) {
  const { stop, result, selected, onSelect } = props;
  const { t } = useTranslation('patrol');
  const { n, name, at } = stop;
  return (
    <PlanItem
      at={at}
      label={t('round.mark', { n, name, result: t(`result.${result}`) })}
      data-testid={`stop-${n}`}
      selected={selected}
      onSelect={onSelect}
    >
      <Pin at={at}>
        <g className={classes.stop} data-result={result} data-selected={selected || undefined}>
          <circle r="12" />
          <text y="4.5">{n}</text>
          {result === 'normal' || result === 'pending' ? null : (
            <text className={classes.stopShape} x="15" y="-7">
              {resultShape[result]}
            </text>
          )}
        </g>
      </Pin>
    </PlanItem>
  );
}
