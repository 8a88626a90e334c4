import { cpuUs, rssMiB } from '../process-figures.ts';
import { openConsole } from './consoles.ts';
import { Crossings } from './crossings.ts';
import { Latencies } from './latencies.ts';
import type { LoadOrder, LoadResult } from './order.ts';
import { Publisher } from './publisher.ts';
import { Span } from './span.ts';
import { cycleOf } from './workload.ts';

// The load, in a process of its own: open loop at a fixed rate, so that a late sending counts against the peer. Takes its order
// as JSON on stdin and prints the result as one JSON line.

/** What is still on its way at the end has this long to arrive; what is missing then is lost. */
const drainMs = 2_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Every device with a connection of its own, each at another place of the cycle. */
async function openPublishers(order: LoadOrder, acknowledged: (dueAt: number) => void): Promise<Publisher[]> {
  const { port, alarmTopic, alarmEvery, valuesPerMessage, devices } = order;
  const cycle = cycleOf(alarmEvery, valuesPerMessage);
  const publishers: Publisher[] = [];
  for (const [i, { id, secret }] of devices.entries())
    publishers.push(
      await Publisher.open({
        ...{ port, id, secret, alarmTopic, cycle, acknowledged },
        place: i % (alarmEvery || cycle.length),
      }),
    );
  return publishers;
}

async function run(order: LoadOrder): Promise<LoadResult> {
  const span = new Span();
  const acknowledged = new Latencies();
  const late = new Latencies();
  const valuesEvery = new Latencies();
  const publishers = await openPublishers(order, (dueAt) => {
    if (span.holds(dueAt)) acknowledged.add(performance.now() - dueAt);
  });
  const devices = order.devices.map(({ id }) => id);
  const watches = order.consoles.map(({ kind }) => new Crossings(span, devices, kind === 'subscriber'));
  const consoles = await Promise.all(
    order.consoles.map((console, i) =>
      openConsole(console, {
        alarm: (device, alarm, crossings) => watches[i]?.tell(device, alarm, crossings),
        values(sinceMs) {
          if (span.holds(performance.now())) valuesEvery.add(sinceMs);
        },
      }),
    ),
  );

  const perMs = order.rate / 1_000;
  let issued = 0;
  let due = 0;
  let unsent = 0;
  function send(dueAt: number, at: number): Publisher | undefined {
    const publisher = publishers[issued++ % publishers.length];
    const message = publisher?.next(dueAt);
    if (span.holds(dueAt)) {
      due++;
      late.add(at - dueAt);
      if (!message) unsent++;
    }
    if (!publisher || !message) return undefined;
    if (message.alarm >= 0) for (const watch of watches) watch.sent(publisher.id, message.alarm, dueAt);
    return publisher;
  }

  let cpuAtFrom: number | undefined;
  span.begin(performance.now(), order.warmupMs, order.measureMs, 1 / perMs);
  for (;;) {
    const at = performance.now();
    if (at >= span.from) cpuAtFrom ??= cpuUs(order.pids);
    const touched = new Set<Publisher>();
    for (;;) {
      const dueAt = span.started + issued / perMs;
      if (dueAt > at || dueAt >= span.to) break;
      const publisher = send(dueAt, at);
      if (publisher) touched.add(publisher);
    }
    for (const publisher of touched) publisher.flush();
    if (at >= span.to) break;
    await pause(1);
  }
  const cpu = cpuUs(order.pids) - (cpuAtFrom ?? 0);
  const memory = rssMiB(order.pids);

  const waitUntil = performance.now() + drainMs;
  const onTheWay = () => acknowledged.count < due - unsent || watches.some(({ unseen }) => unseen > 0);
  while (performance.now() < waitUntil && onTheWay()) await pause(10);
  for (const { close } of [...publishers, ...consoles]) close();

  const seen = new Latencies();
  for (const { latencies } of watches) seen.addAll(latencies);
  return {
    due,
    unsent,
    unacknowledged: due - unsent - acknowledged.count,
    acknowledged: acknowledged.spread(),
    changes: watches.reduce((sum, { expected }) => sum + expected, 0),
    unseen: watches.reduce((sum, { unseen }) => sum + unseen, 0),
    seen: seen.spread(),
    valuesEvery: valuesEvery.spread(),
    lateP99Ms: late.spread().p99Ms,
    cpuUsPerMessage: Math.round((100 * cpu) / Math.max(1, due)) / 100,
    rssMiB: memory,
  };
}

let text = '';
for await (const chunk of process.stdin) text += String(chunk);
console.log(JSON.stringify(await run(JSON.parse(text) as LoadOrder)));
