import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSiteTime } from '../../app/time.ts';
import classes from './patrol.module.css';
import { type ReplaySpan, replayMoment, replayStepMs, replaySteps } from './replay.ts';

/** The time of a replay: played, or moved by mouse and arrow keys. */
export function ReplayBar(props: {
  span: ReplaySpan;
  step: number;
  onStep: (change: (step: number) => number) => void;
  /** Where the guard was then. */
  where: string;
}) {
  const { span, step, onStep, where } = props;
  const { t } = useTranslation('patrol');
  const time = useSiteTime();
  const [wanted, setWanted] = useState(false);
  const playing = wanted && step < replaySteps;
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => onStep((before) => Math.min(before + 1, replaySteps)), replayStepMs);
    return () => clearInterval(timer);
  }, [playing, onStep]);
  const clock = time.clock(replayMoment(span, step));
  return (
    <section className={classes.replay} aria-label={t('replay.label')} data-testid="replay">
      <button
        type="button"
        className={classes.play}
        onClick={() => {
          if (step >= replaySteps) onStep(() => 0);
          setWanted(!playing);
        }}
      >
        <span aria-hidden="true">{playing ? '❚❚' : '▶'}</span> {t(playing ? 'replay.pause' : 'replay.play')}
      </button>
      <input
        type="range"
        className={classes.replayTime}
        aria-label={t('replay.time')}
        aria-valuetext={`${clock}, ${where}`}
        min={0}
        max={replaySteps}
        value={step}
        onChange={(event) => {
          const to = event.currentTarget.valueAsNumber;
          setWanted(false);
          onStep(() => to);
        }}
      />
      <span className="gh-number">{clock}</span>
      <span className={classes.replayWhere}>{where}</span>
    </section>
  );
}
