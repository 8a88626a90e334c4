import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openSerialPair, run } from '../../test/field-peers.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { openByteLine } from './byte-line.ts';

const modbus = { baudRate: 9_600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
// A pseudo-terminal has no parity; two stop bits stand for it.
const meter = { baudRate: 2_400, dataBits: 8, parity: 'none', stopBits: 2 } as const;

test.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)(
  'a serial port is set anew for who speaks next, without the line being lost, and bytes go on both ways',
  async () => {
    const pair = await openSerialPair();
    const [path, farPath] = pair.paths;
    // A pseudo-terminal hangs up when its last user closes it; a port stays.
    const held = openSync(path, 'r+');
    const states: boolean[] = [];
    let heard = '';
    let wake = () => {};
    const open = (at: string, bytes: (received: Buffer) => void, state: (up: boolean) => void) =>
      openByteLine({ id: at, path: at, settings: modbus, clock: systemClock, log: silentLog, bytes, state });
    const told = () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      });
    const far = open(
      farPath,
      (received) => {
        heard += received.toString();
        wake();
      },
      () => wake(),
    );
    await told();
    const near = open(
      path,
      () => {},
      (up) => {
        states.push(up);
        wake();
      },
    );
    await told();
    const settings = async () => (await run('stty', ['-F', path, '-a'])).output;
    const use = (wanted: typeof modbus | typeof meter) =>
      new Promise<void>((resolve) => near.use(wanted, resolve));
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const wanted = i % 2 === 0 ? meter : modbus;
      const from = performance.now();
      await use(wanted);
      times.push(performance.now() - from);
      expect(near.send(Buffer.from(`${i}`))).toBe(true);
      await told();
      expect(heard).toBe('0123456789'.slice(0, i + 1));
      expect(await settings()).toContain(`speed ${wanted.baudRate} baud`);
      expect(await settings()).toContain(wanted.stopBits === 2 ? ' cstopb' : ' -cstopb');
    }
    console.log(`a port set anew: ${Math.max(...times).toFixed(1)} ms at most`);
    expect(states).toEqual([true]);
    near.close();
    far.close();
    closeSync(held);
    await pair.close();
  },
);

test('a port that is not there is told in the words of the system alone', async () => {
  const path = '/dev/ttyNotThere';
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const line = openByteLine({
    ...{ id: 'line', path, settings: modbus, clock: systemClock, log: silentLog },
    bytes() {},
    state: (_up, error) => resolve(error),
  });
  expect(await promise).toBe(`No such file or directory, cannot open ${path}`);
  line.close();
});
