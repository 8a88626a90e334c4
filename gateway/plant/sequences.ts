import type { Change } from '../contract/live.ts';
import type { Label } from '../contract/names.ts';
import type { SequenceStepName } from '../contract/plant.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import type { FoundAtDevice, PlantDevice, Signals } from './neighbours.ts';
import { abandon, beginRun, elapse, observe, shiftRun } from './sequence-machine.ts';
import {
  type Deadline,
  deadlines,
  type Outcome,
  type Run,
  type Seen,
  type SequenceLimits,
} from './sequence-run.ts';
import { readNewestRuns, writeRun } from './store.ts';

/** What is wrong when a step is missed, in the operator's words. */
const missedWords: Record<SequenceStepName, Label> = {
  start: { zh: '未启动', en: 'not started' },
  load: { zh: '未带载', en: 'not on load' },
  carry: { zh: '停电期间带载中断', en: 'load lost during the outage' },
  unload: { zh: '来电后未切回市电', en: 'not back on mains' },
  stop: { zh: '来电后未停机', en: 'not stopped after the mains return' },
};
const stoppedEarly: Label = { zh: '来电后停机过早', en: 'stopped too early after the mains return' };

/** A generator and the supply it backs up. */
interface Standby {
  generator: string;
  mains: string;
  limits: SequenceLimits;
}

function secondsMs(device: PlantDevice, setting: string): number {
  return Number(device.settings[setting]) * 1_000;
}

function standbyOf(device: PlantDevice): Standby | null {
  const { mains } = device.settings;
  if (device.kind.id !== 'generator' || typeof mains !== 'string' || mains === '') return null;
  return {
    generator: device.device.id,
    mains,
    limits: {
      startWithinMs: secondsMs(device, 'startWithinS'),
      loadWithinMs: secondsMs(device, 'loadWithinS'),
      stopAfterMs: secondsMs(device, 'stopAfterS'),
      stopToleranceMs: secondsMs(device, 'stopToleranceS'),
    },
  };
}

/** Watches every loss of mains: whether the generator behind it starts, carries, gives back and stops in time. */
export function createSequences(deps: {
  memory: Memory;
  query: Query;
  signals: Signals;
  finding(turn: Turn, found: FoundAtDevice): void;
}) {
  const { signals } = deps;
  /** The newest sequence of each generator; it stays on the consoles after its end. */
  const runs = deps.memory.table<Run>('sequences');
  let standbys = new Map<string, Standby>();
  /** The generators that a device takes part in the sequence of: itself, or those behind a mains. */
  let concerned = new Map<string, readonly string[]>();

  function seen({ generator, mains }: Standby): Seen {
    return {
      present: signals.bool(mains, 'present'),
      running: signals.bool(generator, 'running'),
      onLoad: signals.bool(generator, 'onLoad'),
    };
  }

  function keep(turn: Turn, { run, timers, findings }: Outcome): void {
    const { sequence, limits } = run;
    const { generator } = sequence;
    runs.set(generator, run);
    writeRun(turn, run);
    turn.change('sequences', generator, sequence);
    for (const [deadline, dueAt] of timers) {
      const name = `sequence/${deadline}/${generator}`;
      if (dueAt === null) turn.clearTimer('plant', name);
      else turn.timer('plant', name, dueAt, 'duration');
    }
    for (const { step, active } of findings) {
      const early = sequence.steps.some((one) => one.step === step && one.result === 'early');
      const within = { start: limits.startWithinMs, load: limits.loadWithinMs }[step as string];
      deps.finding(turn, {
        device: generator,
        finding: 'step-missed',
        instance: step,
        active,
        detail: early ? stoppedEarly : missedWords[step],
        ...(within === undefined ? {} : { limit: within / 1_000, unit: 's' }),
      });
    }
  }

  const isOpen = (run: Run | undefined): run is Run => run !== undefined && run.sequence.state !== 'ended';

  /** @param mainsKnown whether the mains was known to be as it was until now */
  function judge(turn: Turn, standby: Standby, mainsKnown: boolean): void {
    const run = runs.get(standby.generator);
    const now = seen(standby);
    if (isOpen(run)) keep(turn, observe(run, now, mainsKnown, turn.now));
    if (now.present !== false || isOpen(runs.get(standby.generator))) return;
    const { generator, mains, limits } = standby;
    keep(turn, beginRun({ id: turn.id(), generator, mains, limits, lossSeen: mainsKnown }, now, turn.now));
  }

  return {
    async load(): Promise<void> {
      for (const run of await readNewestRuns(deps.query)) runs.load(run.sequence.generator, run);
    },

    /** Generators and their settings as they stand now; a run whose generator backs up another supply now ends. */
    configure(turn: Turn, devices: Iterable<PlantDevice>): void {
      standbys = new Map();
      const parts = new Map<string, string[]>();
      for (const device of devices) {
        const standby = standbyOf(device);
        if (!standby) continue;
        standbys.set(standby.generator, standby);
        for (const part of [standby.generator, standby.mains])
          parts.set(part, [...(parts.get(part) ?? []), standby.generator]);
      }
      concerned = parts;
      for (const run of [...runs.values()]) {
        const { generator, mains } = run.sequence;
        if (isOpen(run) && standbys.get(generator)?.mains !== mains) keep(turn, abandon(run, turn.now));
        if (standbys.has(generator)) continue;
        runs.set(generator, undefined);
        turn.change('sequences', generator, null);
      }
    },

    /** In the first turn after a start: nothing is known yet. */
    start(turn: Turn): void {
      for (const run of [...runs.values()])
        if (isOpen(run))
          keep(turn, observe(run, { present: null, running: null, onLoad: null }, false, turn.now));
    },

    watches: (device: string): boolean => concerned.has(device),

    /** @param known whether the value of the signal was known before this one */
    onSignal(turn: Turn, device: string, point: string, known: boolean): void {
      for (const generator of concerned.get(device) ?? []) {
        const standby = standbys.get(generator);
        if (!standby) continue;
        const ofMains = device === standby.mains;
        if (ofMains ? point === 'present' : point === 'running' || point === 'onLoad')
          judge(turn, standby, !ofMains || known);
      }
    },

    onTimer(turn: Turn, deadline: string, generator: string): void {
      const run = runs.get(generator);
      const standby = standbys.get(generator);
      const which = deadlines.find((one): one is Deadline => one === deadline);
      if (isOpen(run) && standby && which) keep(turn, elapse(run, which, seen(standby), turn.now));
    },

    onClockStep(turn: Turn, deltaMs: number): void {
      for (const run of [...runs.values()])
        if (isOpen(run)) keep(turn, { run: shiftRun(run, deltaMs), timers: new Map(), findings: [] });
    },

    snapshot: (): Change[] =>
      [...runs.committed].map(([id, { sequence }]) => ({ entity: 'sequences', id, data: sequence })),
  };
}
