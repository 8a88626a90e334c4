import { createModbusTcp, rtuExchange } from '../../gateway/links/modbus-exchange.ts';
import type { ModbusDirection, ModbusRequest } from '../../gateway/protocols/modbus/pdu.ts';
import { createRtuAssembler } from '../../gateway/protocols/modbus/rtu.ts';
import { createTcpAssembler } from '../../gateway/protocols/modbus/tcp.ts';
import { modbusRtu } from './checksums.ts';
import {
  demand,
  type Frame,
  frameOf,
  framesOf,
  inspect,
  inspectChecked,
  type Look,
  stands,
  type Tally,
  type Target,
} from './harness.ts';
import { joined } from './mutate.ts';

// Modbus as the inspector reads it, and as a question on a line awaits its answer: what is taken for the answer must stand on the line
// as a sound frame of the unit, function and length that were asked.

const word = (value: number) => [value >> 8, value & 0xff];

/** The question that a PDU of an answer answers; a read of two registers when it is none. */
function questionOf(pdu: Uint8Array): ModbusRequest {
  const [fc = 0, second = 0] = pdu;
  const address = second * 256 + (pdu[2] ?? 0);
  const value = (pdu[3] ?? 0) * 256 + (pdu[4] ?? 0);
  if (fc === 1 || fc === 2) return { fc, address: 0, quantity: Math.min(2_000, Math.max(1, 8 * second - 3)) };
  if (fc === 3 || fc === 4) return { fc, address: 0, quantity: Math.min(125, Math.max(1, second >> 1)) };
  if (fc === 5 || fc === 6) return { fc, address, value };
  if (fc === 15) return { fc, address, bits: Array<number>(Math.min(1_968, Math.max(1, value))).fill(1) };
  if (fc === 16) return { fc, address, registers: Array<number>(Math.min(123, Math.max(1, value))).fill(7) };
  return { fc: 3, address: 0, quantity: 2 };
}

/** The PDU that a sound answer with these values has. */
function answerPdu(request: ModbusRequest, value: { registers?: number[]; bits?: number[] }): Uint8Array[] {
  const { fc, address } = request;
  if (value.registers)
    return [Uint8Array.from([fc, 2 * value.registers.length, ...value.registers.flatMap(word)])];
  if ('value' in request) return [Uint8Array.from([fc, ...word(address), ...word(request.value)])];
  const quantity =
    'bits' in request ? request.bits.length : 'registers' in request ? request.registers.length : 0;
  return [Uint8Array.from([fc, ...word(address), ...word(quantity)])];
}

/** Bits do not say how the rest of their last byte was filled: the head of the frame, and each byte's lower bits, are looked for. */
function bitsStand(
  head: Uint8Array,
  bits: readonly number[],
  stream: Uint8Array,
  isSound: (from: number, end: number) => boolean,
): boolean {
  const bytes = Math.ceil(bits.length / 8);
  for (let from = 0; from + head.length + 1 + bytes <= stream.length; from++) {
    const isHead = head.every((byte, i) => stream[from + i] === byte) && stream[from + head.length] === bytes;
    const data = from + head.length + 1;
    if (
      isHead &&
      bits.every((bit, i) => (((stream[data + (i >> 3)] ?? 0) >> (i & 7)) & 1) === bit) &&
      isSound(from, data + bytes)
    )
      return true;
  }
  return false;
}

/** Unit 1 answers in each function; exceptions too. */
const answers: readonly Frame[] = [
  [1, 3, 4, 0x43, 0x66, 0x33, 0x34],
  [9, 4, 2, 0x12, 0x34],
  [1, 3, 250, ...Array<number>(250).fill(0x5a)],
  [1, 1, 2, 0xcd, 0x05],
  [7, 2, 1, 0x35],
  [1, 5, 0, 3, 0xff, 0],
  [1, 6, 0, 4, 0x12, 0x34],
  [2, 15, 0, 0, 0, 10],
  [2, 16, 0, 1, 0, 2],
  [1, 0x83, 2],
  [1, 0x84, 0x0b],
].map((bytes) => frameOf(modbusRtu.seal(Uint8Array.from([...bytes, 0, 0]))));

const directions: readonly (ModbusDirection | undefined)[] = ['request', 'response', undefined];

/** All frames that an assembler cuts out are sound, and stand in the stream. */
function assembled(direction: ModbusDirection, { pieces, bytes }: Look, tally: Tally): void {
  const assembler = createRtuAssembler(direction);
  const frames = [...pieces.flatMap((piece) => assembler.push(piece)), ...assembler.flush()];
  for (const frame of frames) {
    demand(modbusRtu.holds(frame) && stands(frame, bytes), 'the assembler made a frame up');
    tally.taken++;
  }
  const lengths = frames.reduce((sum, { length }) => sum + length, 0);
  demand(lengths + assembler.dropped === bytes.length, 'bytes were lost without being counted');
}

function askedOnLine({ pieces, bytes, base, chance }: Look, tally: Tally): void {
  const unit = chance.oneIn(8) ? 1 : Math.max(1, base.bytes[0] ?? 1);
  const request = questionOf(base.bytes.subarray(1));
  const exchange = rtuExchange(unit, request);
  for (const piece of pieces) {
    const verdict = exchange.take(piece);
    if (verdict.state !== 'done') continue;
    if (verdict.outcome.ok) taken(unit, request, verdict.outcome.value, bytes, tally);
    return;
  }
  const late = exchange.timeOver(500);
  if (late.ok) taken(unit, request, late.value, bytes, tally);
}

function taken(
  unit: number,
  request: ModbusRequest,
  value: { registers?: number[]; bits?: number[]; fc: number },
  stream: Uint8Array,
  tally: Tally,
): void {
  tally.taken++;
  const { bits } = value;
  if (bits) {
    demand('quantity' in request && bits.length === request.quantity, 'another number of bits than asked');
    demand(
      bitsStand(Uint8Array.of(unit, request.fc), bits, stream, (from, end) =>
        modbusRtu.holds(stream.subarray(from, end + 2)),
      ),
      'bits that nobody sent were taken',
    );
    return;
  }
  if (value.registers)
    demand(
      'quantity' in request && value.registers.length === request.quantity,
      'another number of registers than asked',
    );
  // A write that is acknowledged by exception 05 is being done.
  const busy = 'quantity' in request ? [] : [Uint8Array.of(request.fc | 0x80, 5)];
  const sound = [...answerPdu(request, value), ...busy].some((pdu) =>
    stands(modbusRtu.seal(joined(Uint8Array.of(unit), pdu, Uint8Array.of(0, 0))), stream),
  );
  demand(sound, 'an answer that nobody sent was taken');
}

const rtu: Target = {
  name: 'Modbus RTU',
  protocols: ['modbus-rtu'],
  frames: [...framesOf('modbus-rtu'), ...answers],
  check: modbusRtu,
  run(look, tally) {
    inspectChecked('modbus-rtu', look, tally, modbusRtu, look.chance.pick(directions));
    assembled('request', look, tally);
    assembled('response', look, tally);
    askedOnLine(look, tally);
  },
};

const tcpAnswers = answers.map(({ bytes }) => {
  const pdu = bytes.subarray(0, -2);
  return frameOf(joined(Uint8Array.of(0, 1, 0, 0, 0, pdu.length), pdu));
});

/** The number of the first question, and the length that there is: what is behind them is reached. */
function sealedTcp(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 8) return bytes;
  const sealed = bytes.slice();
  sealed.set([0, 1, 0, 0, ...word(bytes.length - 6)]);
  return sealed;
}

/** Three questions on one connection; what is taken for an answer has the number and unit of its question. */
function askedOnConnection({ pieces, base, chance }: Look, tally: Tally): void {
  const unit = base.bytes[6] ?? 1;
  const request = questionOf(base.bytes.subarray(7));
  const connection = createModbusTcp(() => connection.reset());
  let tid = 1;
  let exchange = connection.exchange(unit, request, true);
  let fed: Uint8Array = new Uint8Array(0);
  for (const piece of pieces) {
    if (chance.oneIn(6)) {
      connection.stray(piece);
      fed = joined(fed, piece);
    }
    fed = joined(fed, piece);
    const verdict = exchange.take(piece);
    if (verdict.state !== 'done') continue;
    const { outcome } = verdict;
    if (outcome.ok) {
      tally.taken++;
      const { bits, registers } = outcome.value;
      const head = Uint8Array.from([...word(tid), 0, 0]);
      const pdus = bits
        ? []
        : [
            ...answerPdu(request, { registers }),
            ...('quantity' in request ? [] : [Uint8Array.of(request.fc | 0x80, 5)]),
          ];
      const stood = bits
        ? bitsStand(
            Uint8Array.of(unit, request.fc),
            bits,
            fed,
            (from) => from >= 6 && fed[from - 6] === tid >> 8 && fed[from - 5] === (tid & 0xff),
          )
        : pdus.some((pdu) =>
            stands(joined(head, Uint8Array.from(word(pdu.length + 1)), Uint8Array.of(unit), pdu), fed),
          );
      demand(stood, 'an answer that nobody sent, or to another question, was taken');
    }
    exchange = connection.exchange(unit, request, true);
    tid++;
  }
  exchange.timeOver(500);
}

const tcp: Target = {
  name: 'Modbus TCP',
  protocols: ['modbus-tcp'],
  frames: [...framesOf('modbus-tcp'), ...tcpAnswers],
  check: { holds: () => true, seal: sealedTcp },
  run(look, tally) {
    if (inspect('modbus-tcp', look, { direction: look.chance.pick(directions) ?? null }).valid) tally.taken++;
    const assembler = createTcpAssembler();
    for (const piece of look.pieces)
      for (const { pdu } of assembler.push(piece).adus)
        demand(stands(pdu, look.bytes), 'the assembler made a PDU up');
    askedOnConnection(look, tally);
  },
};

const values: Target = {
  name: 'Modbus values',
  protocols: ['modbus-wordorder', 'modbus-device'],
  frames: framesOf('modbus-wordorder', 'modbus-device'),
  run(look, tally) {
    for (const protocol of ['modbus-wordorder', 'modbus-device'])
      if (inspect(protocol, look).valid) tally.taken++;
  },
};

export const modbusTargets: readonly Target[] = [rtu, tcp, values];
