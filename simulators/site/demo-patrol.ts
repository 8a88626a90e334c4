import type { Checkpoint, PatrolPlan, Route } from '../../gateway/contract/site.ts';

type Point = [number, number];

/**
 * Twenty-four checkpoints: round the fence, through the buildings and plant rooms, at the posts; with the number of the camera in
 * whose view they lie, where there is one. Those of the garage lie on its own plan.
 */
const places: [name: string, area: string, at: Point, camera?: number][] = [
  ['主入口', 'gate', [590, 715], 11],
  ['南围墙西', 'perimeter', [320, 735], 5],
  ['西南角', 'perimeter', [80, 730], 4],
  ['西围墙中', 'perimeter', [80, 410], 3],
  ['西北角', 'perimeter', [80, 75], 2],
  ['北围墙中', 'perimeter', [590, 75], 1],
  ['东北角', 'perimeter', [1115, 75], 8],
  ['东围墙中', 'perimeter', [1115, 410], 7],
  ['东南角', 'perimeter', [1115, 730], 6],
  ['水泵房', 'pump-room', [985, 650]],
  ['地库入口', 'gate', [465, 690], 11],
  ['1 号楼大堂', 'building-1', [330, 470], 9],
  ['1 号楼屋面', 'building-1', [270, 225]],
  ['1 号楼电梯机房', 'building-1', [350, 225]],
  ['2 号楼大堂', 'building-2', [830, 470], 10],
  ['2 号楼屋面', 'building-2', [770, 225]],
  ['2 号楼电梯机房', 'building-2', [850, 225]],
  ['配电房', 'power-room', [235, 520]],
  ['地库西区', 'garage', [220, 300], 12],
  ['地库东区', 'garage', [780, 300], 13],
  ['水景', 'garden', [640, 370]],
  ['监控室', 'office', [140, 640]],
  ['南门岗亭', 'gate', [650, 720], 11],
  ['商铺街', 'shops', [860, 720], 6],
];

export const tagOf = (index: number): string =>
  `0100A0${(0x10 + index).toString(16).toUpperCase().padStart(4, '0')}`;
const keyOf = (index: number): string => `checkpoint-${index + 1}`;

export const demoCheckpoints: readonly Checkpoint[] = places.map(([name, area, position, camera], i) => ({
  ...{ id: keyOf(i), name, area, position },
  tag: tagOf(i),
  ...(camera === undefined ? {} : { camera: `camera-${camera}` }),
}));

/** A route, the plan for it, and who walks it; the stops are indices of checkpoints, evenly spaced. */
export interface DemoRoute {
  id: string;
  name: string;
  stops: readonly number[];
  stepS: number;
  toleranceMin: number;
  graceMin: number;
  plan: string;
  planName: string;
  /** A round begins every so many minutes, that long after the full hour. */
  everyMin: number;
  offsetMin: number;
  guard: string;
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

export const demoRoutes: readonly DemoRoute[] = [
  {
    ...{ id: 'night-route', name: '周界巡更', stops: from(0, 12), stepS: 60, toleranceMin: 2, graceMin: 2 },
    ...{
      plan: 'every-quarter',
      planName: '周界巡更（每刻钟）',
      everyMin: 15,
      offsetMin: 0,
      guard: 'guard-1',
    },
  },
  {
    ...{ id: 'building-route', name: '楼内与机房巡更', stops: from(12, 9), stepS: 60 },
    ...{ toleranceMin: 2, graceMin: 2, plan: 'between-quarters', planName: '楼内巡更（每刻钟）' },
    ...{ everyMin: 15, offsetMin: 5, guard: 'guard-2' },
  },
  {
    // Short, so that a round is nearly always under way, and one that was missed is soon known.
    ...{ id: 'post-route', name: '岗位签到', stops: from(21, 3), stepS: 30 },
    ...{ toleranceMin: 0.5, graceMin: 0.5, plan: 'every-other-minute', planName: '岗位签到（每两分钟）' },
    ...{ everyMin: 2, offsetMin: 0, guard: 'guard-3' },
  },
];

export const patrolRoutes: readonly Route[] = demoRoutes.map(
  ({ id, name, stops, stepS, toleranceMin, graceMin }) => ({
    ...{ id, name, toleranceMin, graceMin, ordered: true, minWalkS: 10 },
    checkpoints: stops.map((stop, i) => ({ checkpoint: keyOf(stop), dueMin: (i * stepS) / 60 })),
  }),
);

export const patrolPlans: readonly PatrolPlan[] = demoRoutes.map(
  ({ id, plan, planName, everyMin, offsetMin, guard }) => ({
    ...{ id: plan, name: planName, route: id, guards: [guard], enabled: true },
    schedule: `${offsetMin === 0 ? '*' : `${offsetMin}-59`}/${everyMin} * * * *`,
  }),
);
