import type { ModbusOrder, ModbusResult } from '../modbus/order.ts';
import { freePort, removeFolder, runScript, startProcess, temporaryFolder } from '../processes.ts';
import { type Bench, median, type Part, type Row, ratioRow, spread } from './part.ts';

const connectionCounts = [1, 50];

/** Modbus TCP slaves by modbus-serial, in a process of their own. */
async function withFarSide<Answer>(use: (port: number) => Promise<Answer>): Promise<Answer> {
  const folder = temporaryFolder();
  const port = await freePort();
  const server = await startProcess({
    name: 'modbus-far-side',
    command: process.execPath,
    args: [new URL('../modbus/far-side.ts', import.meta.url).pathname, String(port)],
    folder,
    ready: (printed) => printed.includes('ready'),
  });
  try {
    return await use(port);
  } finally {
    await server.stop();
    removeFolder(folder);
  }
}

async function measure(master: ModbusOrder['master'], connections: number, quick: boolean) {
  return withFarSide((port) =>
    runScript<ModbusResult>(new URL('../modbus/near-side.ts', import.meta.url), {
      port,
      master,
      connections,
      warmupMs: 1_000,
      measureMs: quick ? 1_000 : 3_000,
    } satisfies ModbusOrder),
  );
}

async function run(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  const kept: object[] = [];
  for (const connections of connectionCounts) {
    const ours: ModbusResult[] = [];
    const theirs: ModbusResult[] = [];
    for (let i = 0; i < bench.runs; i++) {
      ours.push(await measure('gatehouse', connections, bench.quick));
      theirs.push(await measure('modbus-serial', connections, bench.quick));
    }
    kept.push({ connections, gatehouse: ours, modbusSerial: theirs });
    const rates = (results: ModbusResult[]) => results.map(({ perSecond }) => perSecond);
    const failed = [...ours, ...theirs].reduce((sum, result) => sum + result.failed, 0);
    const row = ratioRow(
      `Modbus TCP reads of 100 registers, ${connections} connection${connections > 1 ? 's' : ''} / modbus-serial`,
      { atLeast: 0.9 },
      `${spread(rates(ours), '/s')} / ${spread(rates(theirs), '/s')}${failed > 0 ? `, ${failed} failed` : ''}`,
      median(rates(ours)) / median(rates(theirs)),
    );
    rows.push(failed > 0 ? { ...row, held: 'no' } : row);
  }
  bench.keep('modbus', kept);
  return rows;
}

export const modbus: Part = {
  id: 'modbus',
  what: 'Modbus reads beside bare modbus-serial',
  seconds: 80,
  quickSeconds: 15,
  run,
};
