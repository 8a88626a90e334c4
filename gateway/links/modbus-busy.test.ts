import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { linkSchema } from '../contract/site.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import type { AskedAnswer, AskedRead, ModbusWrite } from '../protocols/asked-read.ts';
import { decodePdu, encodeResponse, type ModbusPdu, type ModbusResponse } from '../protocols/modbus/pdu.ts';
import { createRtuAssembler, encodeRtu } from '../protocols/modbus/rtu.ts';
import { createLinks } from './links.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

const read: AskedRead = { protocol: 'modbus', unit: 1, fc: 3, address: 4, quantity: 1 };

/** A bus with one unit that answers as it is told, in order; with what is not told register 4 as it stands. */
async function openUnit(exceptions: number[], polls: boolean) {
  const asked: ModbusPdu[] = [];
  const state = { register: 0b1010_0101 };
  const answer = (pdu: ModbusPdu): ModbusResponse => {
    const exception = exceptions.shift();
    if (exception) return { fc: pdu.fc, exception };
    const { fc, address = 0, value = 0 } = pdu;
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
      polled: polls ? [{ id: 'unit', periodMs: 60_000, reads: [read] }] : [],
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
  const { asked, came, failed, until } = await openUnit([0x06, 0x05], true);
  await until(() => came.length > 0);
  expect(came).toMatchObject([{ words: [0b1010_0101] }]);
  expect(asked).toHaveLength(3);
  expect(failed).toEqual([]);
});

test('a unit that stays busy has refused, in words', async () => {
  const { failed, asked, until } = await openUnit([6, 6, 6], true);
  await until(() => failed.length > 0);
  expect(failed).toEqual(['exception 06: server_device_busy for function 3 at address 4']);
  expect(asked).toHaveLength(3);
});

test('a unit that is busy takes a write at the next time; one that acknowledges is at work on it', async () => {
  const { links, state } = await openUnit([6], false);
  const write = { request: { fc: 6, address: 4, value: 7 } as const, mask: null };
  expect(await links.write('bus', 1, write, soon())).toMatchObject({ ok: true });
  expect(state.register).toBe(7);
  const slow = await openUnit([5], false);
  expect(await slow.links.write('bus', 1, write, soon())).toMatchObject({ ok: true });
  expect(slow.asked).toHaveLength(1);
});

test('a mask changes its bits alone: the register is read, and the rest written as it was', async () => {
  const { links, asked, state } = await openUnit([], false);
  const write = { request: { fc: 6, address: 4, value: 0b0000_1111 } as const, mask: 0b0011_1100 };
  expect(await links.write('bus', 1, write, soon())).toMatchObject({ ok: true });
  expect(asked.map(({ fc }) => fc)).toEqual([3, 6]);
  expect(state.register.toString(2)).toBe('10001101');
});

test('a mask writes nothing when the register cannot be read', async () => {
  const { links, asked } = await openUnit([2], false);
  const write = { request: { fc: 6, address: 4, value: 1 } as const, mask: 1 };
  expect(await links.write('bus', 1, write, soon())).toMatchObject({ ok: false, error: 'refused' });
  expect(asked.map(({ fc }) => fc)).toEqual([3]);
});

test('several coils and several registers go out in one write', async () => {
  const { links, asked } = await openUnit([], false);
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
