import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { AskedAnswer, AskedRead, ModbusWrite } from '../protocols/asked-read.ts';
import { decodePdu, encodeResponse, type ModbusPdu, type ModbusResponse } from '../protocols/modbus/pdu.ts';
import { createRtuAssembler, encodeRtu } from '../protocols/modbus/rtu.ts';
import { createLinks } from './links.ts';
import type { PolledDevice } from './poller.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

const read = { protocol: 'modbus', unit: 1, fc: 3, address: 4, quantity: 1 } satisfies AskedRead;
const unit: PolledDevice = { id: 'unit', periodMs: 60_000, reads: [read] };

/** A bus with one unit whose register 4 answers as it is told, in order; with what is not told registers as they stand. */
async function openUnit(exceptions: number[], polled: PolledDevice[]) {
  const asked: ModbusPdu[] = [];
  const state = { register: 0b1010_0101 };
  const answer = (pdu: ModbusPdu): ModbusResponse => {
    const { fc, address = 0, value = 0 } = pdu;
    const exception = address === read.address ? exceptions.shift() : undefined;
    if (exception) return { fc, exception };
    if (fc === 6) {
      state.register = value;
      return { fc, address, value };
    }
    if (fc === 15 || fc === 16) return { fc, address, quantity: pdu.quantity ?? 0 };
    return { fc: 3, registers: [state.register] };
  };
  const server = createServer((socket) => {
    closers.push(() => socket.destroy());
    const requests = createRtuAssembler('request');
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      for (const frame of requests.push(bytes)) {
        const decoded = decodePdu(frame.subarray(1, -2), 'request');
        asked.push(decoded.pdu);
        socket.write(encodeRtu(1, encodeResponse(answer(decoded.pdu))));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  let changed = () => {};
  const came: AskedAnswer[] = [];
  const failed: string[] = [];
  let up = false;
  const links = createLinks({
    clock: systemClock,
    log: silentLog,
    polled(_device, answers) {
      came.push(...answers);
      changed();
    },
    failed(_device, { words }) {
      failed.push(words);
      changed();
    },
    frame: (_link, _bytes, _at, done) => done(true),
    state(link) {
      up = link.state === 'up';
      changed();
    },
  });
  closers.push(() => links.close());
  links.configure([
    {
      link: linkSchema.parse({
        ...{ id: 'bus', kind: 'bus', path: `tcp://127.0.0.1:${port}`, protocol: 'modbus-rtu' },
        ...{ baudRate: 115_200, timeoutMs: 500, gapMs: 1 },
      }),
      polled,
    },
  ]);
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      changed = () => {
        if (condition()) resolve();
      };
      changed();
    });
  await until(() => up);
  return { links, asked, state, came, failed, until };
}

const soon = () => Date.now() + 5_000;

test('a unit that is busy is asked again, and its value is read', async () => {
  const { asked, came, failed, until } = await openUnit([0x06, 0x05], [unit]);
  await until(() => came.length > 0);
  expect(came).toMatchObject([{ words: [0b1010_0101] }]);
  expect(asked).toHaveLength(3);
  expect(failed).toEqual([]);
});

test('a unit that stays busy has refused, in words', async () => {
  const { failed, asked, until } = await openUnit([6, 6, 6], [unit]);
  await until(() => failed.length > 0);
  expect(failed).toEqual(['exception 06: server_device_busy for function 3 at address 4']);
  expect(asked).toHaveLength(3);
});

test('a unit that stays busy gives up its round, and its neighbours are asked in its pauses', async () => {
  const { asked, failed, until } = await openUnit(
    [6, 6, 6],
    [
      { ...unit, reads: [read, { ...read, address: 5 }] },
      { id: 'neighbour', periodMs: 20, reads: [{ ...read, address: 9 }] },
    ],
  );
  await until(() => failed.length > 0);
  const order = asked.map(({ address }) => address);
  expect(order.filter((address) => address === 4)).toHaveLength(3);
  // Between two questions to the busy one the other was asked again and again.
  const [first, second, third] = order.flatMap((address, i) => (address === 4 ? [i] : []));
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(2);
  expect((third ?? 0) - (second ?? 0)).toBeGreaterThan(2);
  expect(order).not.toContain(5);
});

test('a unit that is busy takes a write at the next time; one that acknowledges is at work on it', async () => {
  const { links, state } = await openUnit([6], []);
  const write = { request: { fc: 6, address: 4, value: 7 } as const, mask: null };
  expect(await links.write('bus', 1, write, soon())).toMatchObject({ ok: true });
  expect(state.register).toBe(7);
  const slow = await openUnit([5], []);
  expect(await slow.links.write('bus', 1, write, soon())).toMatchObject({ ok: true });
  expect(slow.asked).toHaveLength(1);
});

test('a mask changes its bits alone: the register is read, and the rest written as it was', async () => {
  const { links, asked, state } = await openUnit([], []);
  const write = { request: { fc: 6, address: 4, value: 0b0000_1111 } as const, mask: 0b0011_1100 };
  expect(await links.write('bus', 1, write, soon())).toMatchObject({ ok: true });
  expect(asked.map(({ fc }) => fc)).toEqual([3, 6]);
  expect(state.register.toString(2)).toBe('10001101');
});

test('a mask writes nothing when the register cannot be read', async () => {
  const { links, asked } = await openUnit([2], []);
  const write = { request: { fc: 6, address: 4, value: 1 } as const, mask: 1 };
  expect(await links.write('bus', 1, write, soon())).toMatchObject({ ok: false, error: 'refused' });
  expect(asked.map(({ fc }) => fc)).toEqual([3]);
});

test('several coils and several registers go out in one write', async () => {
  const { links, asked } = await openUnit([], []);
  const writes: ModbusWrite[] = [
    { request: { fc: 15, address: 0, bits: [1, 0, 1] }, mask: null },
    { request: { fc: 16, address: 4_104, registers: [35_732, 29_803] }, mask: null },
  ];
  for (const write of writes) expect(await links.write('bus', 1, write, soon())).toMatchObject({ ok: true });
  expect(asked).toMatchObject([
    { fc: 15, bits: [1, 0, 1] },
    { fc: 16, registers: [35_732, 29_803] },
  ]);
});
