import modbusSerial from 'modbus-serial';
import { linkSchema } from '../../../gateway/contract/site.ts';
import { systemClock } from '../../../gateway/lib/clock.ts';
import { silentLog } from '../../../gateway/lib/log.ts';
import { createAskedBus } from '../../../gateway/links/asked-bus.ts';
import { openByteLine } from '../../../gateway/links/byte-line.ts';
import { type ModbusOrder, type ModbusResult, registers } from './order.ts';

// Reads as fast as the slave answers, one request outstanding on each connection, with the gateway's own master or with
// modbus-serial. Takes its order as JSON on stdin and prints the result as one JSON line.

/** Reads all registers once and answers the last one. */
type Read = () => Promise<number | undefined>;

const unit = 1;
const timeoutMs = 1_000;

/** The line and the bus that the gateway has for each `modbus-tcp` link. */
async function openGatehouse(port: number): Promise<Read> {
  const up = Promise.withResolvers<void>();
  const line = openByteLine({
    id: 'bench',
    path: `tcp://127.0.0.1:${port}`,
    clock: systemClock,
    log: silentLog,
    bytes: (received) => bus.received(received),
    state: (isUp, error) => (isUp ? up.resolve() : up.reject(new Error(String(error)))),
  });
  const link = linkSchema.parse({ id: 'bench', kind: 'modbus-tcp', host: '127.0.0.1', port, timeoutMs });
  const bus = createAskedBus({ link, line: () => line, clock: systemClock });
  await up.promise;
  return async () => {
    const answer = await bus.read({ protocol: 'modbus', unit, fc: 3, address: 0, quantity: registers });
    return answer.ok && 'words' in answer.value ? answer.value.words.at(-1) : undefined;
  };
}

async function openModbusSerial(port: number): Promise<Read> {
  const client = new modbusSerial.default();
  await client.connectTCP('127.0.0.1', { port });
  client.setID(unit);
  client.setTimeout(timeoutMs);
  return async () => (await client.readHoldingRegisters(0, registers)).data.at(-1);
}

async function run(order: ModbusOrder): Promise<ModbusResult> {
  const open = order.master === 'gatehouse' ? openGatehouse : openModbusSerial;
  const reads: Read[] = [];
  for (let i = 0; i < order.connections; i++) reads.push(await open(order.port));
  const from = performance.now() + order.warmupMs;
  const to = from + order.measureMs;
  let done = 0;
  let failed = 0;
  await Promise.all(
    reads.map(async (read) => {
      for (let now = 0; now < to; ) {
        const last = await read().catch(() => undefined);
        now = performance.now();
        if (last !== registers - 1) failed++;
        else if (now >= from && now < to) done++;
      }
    }),
  );
  return { perSecond: Math.round((done * 1_000) / order.measureMs), failed };
}

let text = '';
for await (const chunk of process.stdin) text += String(chunk);
console.log(JSON.stringify(await run(JSON.parse(text) as ModbusOrder)));
process.exit();
