import {
  type ExpectedDtu,
  openDtuSession,
  registerMs,
  stepDtu,
} from '../../gateway/protocols/dtu/session.ts';
import { frameFor, guessFrame } from '../../gateway/protocols/guess.ts';
import { readBatch } from '../../gateway/protocols/patrol-batch/codec.ts';
import { readBatchCsv } from '../../gateway/protocols/patrol-batch/csv.ts';
import { modbusRtu } from './checksums.ts';
import { demand, frameOf, framesOf, inspect, type Target } from './harness.ts';
import { joined } from './mutate.ts';

// What comes as a file, what a dial-in unit says for itself, and what people paste.

const zoned = (wallMs: number) => wallMs - 8 * 3_600_000;
const receivedAt = Date.UTC(2026, 2, 1);
const context = { receivedAt, zoned };

const wandJson: Target = {
  name: 'Wand batches, JSON',
  protocols: ['patrol-batch'],
  frames: framesOf('patrol-batch'),
  json: true,
  run(look, tally) {
    const text = Buffer.from(look.bytes).toString();
    if (inspect('patrol-batch', look, { text: look.chance.oneIn(2) ? null : text }).valid) tally.taken++;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return;
    }
    const batch = readBatch(value, context);
    if (batch.ok)
      for (const { at, readerAt } of batch.batch.reads)
        demand(Number.isFinite(at) && Number.isFinite(readerAt), 'a read without a time');
  },
};

const wandCsv: Target = {
  name: 'Wand batches, CSV',
  protocols: [],
  frames: [
    'tag,time\n0006547886,2026-03-01 02:07:30\n010063E9AE,2026-03-01 02:19:30\n',
    '\uFEFF标签号;打点时间;序号;巡更员\r\n="0006547886";2026/3/1 2:07;1;李伟\r\n"100086F444";2026年3月1日 2:19:30;2;"王, 芳"\r\n',
    'reader\tcard\tdate\ttime\nW5\t0006547886\t2026-03-01\t02:07:30\nW6\t6.547886E+06\t2026-02-31\t25:00\n',
  ].map((text) => frameOf(text)),
  run({ bytes }, tally) {
    const batch = readBatchCsv(
      Buffer.from(bytes).toString(),
      { readerClock: '2026-03-01 08:07:30', hostClock: undefined },
      context,
    );
    if (!batch.ok) {
      demand(batch.message.length > 0, 'a file is refused without words');
      return;
    }
    tally.taken++;
    const { reads, refused } = batch.batch;
    for (const { tag, at } of reads)
      demand(tag !== '' && Number.isFinite(at), 'a read without a tag or a time');
    for (const { line, message } of refused)
      demand(line >= 1 && message.length > 0, 'a line is refused without words');
  },
};

const registration = Buffer.from('861234567890123');
const heartbeat = Buffer.from('www.usr.cn');
const unit: ExpectedDtu = { link: 'dtu', registration, heartbeat, silenceMs: 60_000 };
const other: ExpectedDtu = {
  link: 'other',
  registration: Buffer.from('fe'),
  heartbeat: null,
  silenceMs: 60_000,
};
const answer = modbusRtu.seal(Uint8Array.of(1, 3, 4, 0x43, 0x66, 0x33, 0x34, 0, 0));

const dialIn: Target = {
  name: 'DTU registration',
  protocols: [],
  frames: [
    ...[
      [registration],
      [registration, Buffer.from('\r\n'), heartbeat],
      [registration, answer, heartbeat, answer],
      [heartbeat, registration, answer],
    ],
    ...[[answer], [registration, registration, answer.slice(0, 5)], [Buffer.from('861234567890124'), answer]],
  ].map((parts) => frameOf(joined(...parts))),
  run({ bytes, pieces, chance }, tally) {
    let mono = 0;
    let step = openDtuSession(mono);
    let came = 0;
    let registered = false;
    const take = (input: Parameters<typeof stepDtu>[1]) => {
      step = stepDtu(step.state, input, mono, [unit, other]);
      for (const output of step.outputs) {
        if (output.type === 'registered') registered = true;
        if (output.type !== 'bytes') continue;
        demand(registered, 'bytes of nobody went to the line');
        came += output.bytes.length;
      }
    };
    for (const piece of pieces) {
      mono += chance.pick([1, 150, 300, 2_500]);
      take({ type: 'bytes', bytes: piece });
      if (chance.oneIn(3)) {
        mono += 250;
        take({ type: 'tick' });
      }
    }
    mono += 500;
    take({ type: 'tick' });
    demand(came <= bytes.length, 'more bytes came out than went in');
    if (registered) tally.taken++;
    mono += Math.max(registerMs, unit.silenceMs);
    take({ type: 'tick' });
    demand(step.state.phase === 'ended', 'a silent connection stays open');
  },
};

/** The frame inspector's guess: every codec on the same words. */
const pasted: Target = {
  name: 'Guess of pasted words',
  protocols: [],
  frames: [
    ...framesOf(
      'modbus-rtu',
      'dlt645-2007',
      'cjt188',
      'contact-id',
      'surgard-mlr2',
      'sia-dc09',
      'osdp',
      'wiegand',
      'mqtt-tasmota',
      'patrol-batch',
    ),
    frameOf('00000000  01 04 00 00 00 02 71 cb  |......q.|'),
    frameOf('12:00:01 RX: 01 83 02 C0 F1'),
    frameOf("b'\\n5011 181234E12101001\\x14'"),
  ],
  share: 0.02,
  run({ bytes, chance }, tally) {
    const words = Buffer.from(bytes);
    const text = words.toString(chance.pick<BufferEncoding>(['latin1', 'utf8', 'hex']));
    const form = chance.pick(['hex', 'text', null] as const);
    const { candidates } = guessFrame(text, form, {});
    for (const { score } of candidates) demand(score >= 0 && score <= 1, 'a score that is none');
    const [best] = candidates;
    if (!best) return;
    tally.taken++;
    frameFor(best.protocol, text, form, {});
  },
};

export const batchTargets: readonly Target[] = [wandJson, wandCsv, dialIn, pasted];
