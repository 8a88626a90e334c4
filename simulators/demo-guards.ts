import { type DemoRoute, demoRoutes } from './site/demo-patrol.ts';

/** A reader is held to the tag of a checkpoint. */
export type Visit = (route: DemoRoute, stop: number) => void;

/** One who begins a round so late catches up; a round that is older was not his. */
const catchUpMs = 30_000;
/** Nobody gets from one checkpoint to the next faster. */
const shortestWalkMs = 15_000;

/** Guards who walk their routes by the clock, as the plans say. */
export function createDemoGuards(visit: Visit) {
  const walks = demoRoutes.map((route) => ({ route, round: -1, next: 0, walkedAt: 0 }));
  let toSkip = 0;

  return {
    /** The post forgets its next checkpoint. */
    skipNext(): void {
      toSkip = 1;
    },

    tick(now: number): void {
      for (const walk of walks) {
        const { route } = walk;
        const into = (now - route.offsetMin * 60_000) % (route.everyMin * 60_000);
        const round = now - into;
        if (round !== walk.round) {
          const late = walk.round === -1 && into > catchUpMs;
          Object.assign(walk, { round, next: late ? route.stops.length : 0 });
        }
        const due = walk.next * route.stepS * 1_000;
        if (walk.next >= route.stops.length || into < due || now - walk.walkedAt < shortestWalkMs) continue;
        if (route.id === 'post-route' && toSkip > 0) toSkip--;
        else visit(route, walk.next);
        walk.next++;
        walk.walkedAt = now;
      }
    },
  };
}
