import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { LinkState } from '../../gateway/contract/device-state.ts';
import type { Scan } from '../../gateway/contract/scan.ts';
import type { Trial } from '../../gateway/contract/trial.ts';
import { openSerialLine } from '../field-peers.ts';
import { eventually, type LiveWatch, startHouse } from '../house.ts';

const long = process.env.GATEHOUSE_FAULTS === 'long';
const times = long ? 100 : 20;

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const ack = 0x06;
const openFiles = () => readdirSync('/proc/self/fd').length;

/** Resolves when the newest word on the line's state is this one. */
function lineIs(live: LiveWatch, state: LinkState['state']): Promise<unknown> {
  return eventually(`the line is ${state}`, () => {
    const newest = live.changes('link-states').at(-1)?.data as LinkState | undefined;
    return newest?.state === state;
  });
}

describe.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)('a serial line', () => {
  test(`that is unplugged and plugged in ${times} times is announced, reopens each time, and leaves no file open`, {
    timeout: 30_000 + times * 3_000,
  }, async () => {
    const line = await openSerialLine();
    open.push(() => line.close());
    const house = await startHouse({
      site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: alarm-line, kind: bus, path: ${line.path}, protocol: surgard-mlr2 }]
devices:
  - { id: receiver, type: surgard-receiver, name: 接警机, area: compound, link: alarm-line }
  - { id: panel-1, type: contact-id-account, name: 户内主机, area: compound, parent: receiver, address: "0001" }
`,
    });
    open.push(() => house.close());
    const live = await house.live();
    const report = async (number: number) => {
      const before = line.received().length;
      line.send(`5011 180001E1300100${number % 10}\x14`);
      await eventually('it is acknowledged', () => line.received().length > before);
      expect(line.received().at(-1)).toBe(ack);
    };
    await lineIs(live, 'up');
    await report(0);
    const files: number[] = [];
    for (let n = 1; n <= times; n++) {
      await line.unplug();
      await lineIs(live, 'down');
      await line.plug();
      await lineIs(live, 'up');
      if (n % 5 === 0) await report(n / 5);
      files.push(openFiles());
    }
    const down = await live.change<Alarm>('alarms', ({ definition }) => definition === 'link-down');
    expect(down.instance).toBe('alarm-line');
    await report(9);
    // Flat: what the last rounds have open is what the first had.
    const [first = 0] = files;
    expect(Math.max(...files.slice(-3))).toBeLessThanOrEqual(first + 2);
  });

  test('that is unplugged while it is scanned ends the scan; what is tried then is told that the link is down', async () => {
    const line = await openSerialLine();
    open.push(() => line.close());
    const house = await startHouse({
      site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: rs485, kind: bus, path: ${line.path}, protocol: modbus-rtu, timeoutMs: 2000 }]
`,
    });
    open.push(() => house.close());
    const live = await house.live();
    open.push(() => live.close());
    await lineIs(live, 'up');
    await house.api('POST', '/links/rs485/scan', { protocol: 'modbus', from: 1, to: 9 });
    await eventually('the first question is out', () => line.received().length > 0);
    await line.unplug();
    const scan = await eventually('the scan has ended', async () => {
      const { body } = await house.api<Scan>('GET', '/links/rs485/scan');
      return body.state !== 'running' && body;
    });
    expect(scan).toMatchObject({ state: 'failed', finds: [], problem: { code: 'line-down' } });
    const draft = { type: 'generic-level-transmitter', link: 'rs485', address: 1 };
    const { body } = await house.api<Trial>('POST', '/trials', draft);
    expect(body.failures).toMatchObject([{ fault: { code: 'line-down' } }]);
    await line.plug();
    await lineIs(live, 'up');
    expect((await house.api('POST', '/links/rs485/scan')).status).toBe(202);
  });
});
