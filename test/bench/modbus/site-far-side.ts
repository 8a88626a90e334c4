import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { ServerTCP } from 'modbus-serial';
import { busBaudRate, type PollReport, pollMs } from './site-units.ts';

// The field of a large site: Modbus TCP slaves by modbus-serial, and Modbus RTU slaves behind TCP serial servers that take as
// long as their line would. Watches how regularly each unit is asked. Arguments: the TCP port, then a port for each bus.
// `begin` on stdin starts the watch; `end` prints its report as JSON.

const crc16 = createRequire(import.meta.url)('modbus-serial/utils/crc16.js') as (bytes: Buffer) => number;
const [tcpPort, ...busPorts] = process.argv.slice(2).map(Number);

const lastAsked = new Map<string, number>();
let report: PollReport = { polls: 0, late: 0, longestMs: 0, units: 0 };

/** Each round over a unit ends with its registers: they mark the poll. */
function asked(unit: string): void {
  const now = performance.now();
  const last = lastAsked.get(unit);
  lastAsked.set(unit, now);
  if (last === undefined) return;
  const betweenMs = now - last;
  report.polls++;
  if (betweenMs > 1.2 * pollMs) report.late++;
  report.longestMs = Math.max(report.longestMs, Math.round(betweenMs));
}

/** Every register moves on with each second. */
const registerAt = (address: number) => (Math.floor(Date.now() / 1_000) + 100 * address) % 10_000;
const bitAt = (address: number) => (Math.floor(Date.now() / 60_000) + address) % 2 === 0;

new ServerTCP(
  {
    getCoil: (address: number) => bitAt(address),
    getDiscreteInput: (address: number) => bitAt(address),
    getMultipleInputRegisters(address: number, length: number, unit: number) {
      asked(`tcp/${unit}`);
      return Array.from({ length }, (_, i) => registerAt(address + i));
    },
  },
  { host: '127.0.0.1', port: tcpPort, unitID: 255 },
);

function answer(request: Buffer, bus: number): Buffer {
  const [unit = 0, fc = 0] = request;
  const address = request.readUInt16BE(2);
  const quantity = request.readUInt16BE(4);
  let body: Buffer;
  if (fc === 4) {
    asked(`bus-${bus}/${unit}`);
    body = Buffer.alloc(2 * quantity);
    for (let i = 0; i < quantity; i++) body.writeUInt16BE(registerAt(address + i), 2 * i);
  } else {
    body = Buffer.alloc(Math.ceil(quantity / 8));
    for (let i = 0; i < quantity; i++)
      if (bitAt(address + i)) body[i >> 3] = (body[i >> 3] ?? 0) | (1 << (i & 7));
  }
  const frame = Buffer.concat([Buffer.from([unit, fc, body.length]), body, Buffer.alloc(2)]);
  frame.writeUInt16LE(crc16(frame.subarray(0, -2)), frame.length - 2);
  return frame;
}

/** Reads are 8 bytes; 11 bits a character, and 3.5 characters of silence after each frame. */
const requestBytes = 8;
const wireMs = (bytes: number) => ((bytes + 7) * 11 * 1_000) / busBaudRate;

for (const [bus, port] of busPorts.entries())
  createServer((socket) => {
    let bytes: Buffer = Buffer.alloc(0);
    socket.on('data', (data) => {
      bytes = Buffer.concat([bytes, data]);
      while (bytes.length >= requestBytes) {
        const frame = answer(bytes.subarray(0, requestBytes), bus);
        bytes = bytes.subarray(requestBytes);
        setTimeout(() => socket.write(frame), wireMs(requestBytes + frame.length));
      }
    });
    socket.on('error', () => socket.destroy());
  }).listen(port, '127.0.0.1');

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'begin') report = { polls: 0, late: 0, longestMs: 0, units: lastAsked.size };
  else if (line === 'end') console.log(JSON.stringify(report));
});
process.on('SIGTERM', () => process.exit(0));
console.log('ready');
