import { openOsdpSession } from '../../gateway/protocols/osdp/conversation.ts';
import {
  createOsdpAssembler,
  encodeOsdp,
  type OsdpFrame,
  readOsdp,
} from '../../gateway/protocols/osdp/frame.ts';
import { happeningOf, stateOf } from '../../gateway/protocols/osdp/reply.ts';
import {
  firstMac,
  installationKey,
  type SecureChannel,
  seal,
  sessionKeys,
  unseal,
} from '../../gateway/protocols/osdp/secure-channel.ts';
import { stepOsdp } from '../../gateway/protocols/osdp/session.ts';
import {
  eventOfStatus,
  type FunctionName,
  layouts,
  logEntry,
  readHeader,
  readMessage,
} from '../../gateway/protocols/uhppote/codec.ts';
import { reasonOf } from '../../gateway/protocols/uhppote/reasons.ts';
import { beginLog, nextLogStep, stepLog } from '../../gateway/protocols/uhppote/session.ts';
import { ds1990, em4100Raw, em4100Serial, osdp, wiegandHolds } from './checksums.ts';
import {
  checkedBytes,
  demand,
  frameOf,
  framesOf,
  inspect,
  inspectChecked,
  isAmong,
  type Look,
  type Tally,
  type Target,
} from './harness.ts';
import { heard } from './panels.ts';
import { framesOfCases, installed } from './stages.ts';

// Doors and tags: card readers, door controllers, touch tags.

const reply = (sequence: number, code: number, ...data: number[]): OsdpFrame => ({
  ...{ address: 1, reply: true, sequence, crc: true, security: null, code, mac: null },
  data: Uint8Array.from(data),
});
/** ACK, NAK, a card, keys, states, an identity, capabilities, BUSY. */
const said: readonly OsdpFrame[] = [
  reply(1, 0x40),
  reply(2, 0x41, 3),
  reply(3, 0x50, 0, 1, 26, 0, 0xea, 0x0d, 0xc0, 0x80),
  reply(1, 0x51, 0, 1, 4, 0x31, 0x32, 0x33, 0x34),
  reply(1, 0x53, 0, 2, 0x31, 0x0d),
  reply(2, 0x48, 1, 0),
  reply(2, 0x49, 1, 0, 1),
  reply(1, 0x45, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  reply(1, 0x46, 1, 1, 2, 3, 1, 1),
  { ...reply(0, 0x79), crc: false },
];
const reader = { address: 1, protection: { mode: 'plain' } } as const;
const random = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

/** A conversation that has said something, with every reply that comes in; it goes on from there. */
function conversed(
  frames: readonly OsdpFrame[],
  protection: typeof reader.protection | { mode: 'installation' },
): void {
  let session = openOsdpSession(0);
  for (const [i, frame] of frames.slice(0, 4).entries()) {
    const at = 80 * (i + 1);
    const plan = { address: 1, protection };
    session = stepOsdp(session, { type: 'turn', random }, plan, at).session;
    const asked = session.sent?.sequence ?? 0;
    const { session: after, outputs } = stepOsdp(
      session,
      { type: 'reply', frame: { ...frame, sequence: asked } },
      plan,
      at + 20,
    );
    session = after;
    for (const output of outputs)
      if (output.type === 'happened')
        session = stepOsdp(session, { type: 'durable', number: output.number }, plan, at + 20).session;
  }
}

/** Every sound frame in a stream, the reserved bits of its control byte (§5.4) cleared: what is made of it does not hold them. */
function soundOsdp(stream: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let from = stream.indexOf(0x53); from >= 0; from = stream.indexOf(0x53, from + 1)) {
    const frame = stream.slice(from, from + (stream[from + 2] ?? 0) + 256 * (stream[from + 3] ?? 0));
    if (!osdp.holds(frame)) continue;
    frame[4] = (frame[4] ?? 0) & 0x0f;
    found.push(osdp.seal(frame));
  }
  return found;
}

function assembledOsdp({ pieces, bytes }: Look): OsdpFrame[] {
  const assembler = createOsdpAssembler();
  const frames = pieces.flatMap((piece) => assembler.push(piece));
  const sound = frames.length > 0 ? soundOsdp(bytes) : [];
  for (const frame of frames) {
    const again = encodeOsdp(frame);
    demand(isAmong(again, sound), 'the assembler made a frame up');
  }
  return frames;
}

const plainReaders: Target = {
  name: 'OSDP, plain',
  protocols: ['osdp', 'osdp-sc'],
  frames: [...framesOf('osdp'), ...said.map((frame) => frameOf(encodeOsdp(frame)))],
  check: osdp,
  run(look, tally) {
    inspectChecked('osdp', look, tally, osdp);
    inspect('osdp-sc', look);
    const frames = assembledOsdp(look);
    for (const frame of frames) {
      tally.taken++;
      stateOf(frame);
      happeningOf(frame);
    }
    conversed(frames, look.chance.oneIn(2) ? reader.protection : { mode: 'installation' });
  },
};

const keys = sessionKeys(installationKey, random);
const first = firstMac(keys, installationKey);
const channel: SecureChannel = { keys, command: first, reply: first };
/** What the reader at the other end says next, each as if it were the only one. */
const sealed: readonly Uint8Array[] = said.map((frame) => encodeOsdp(seal(channel, frame).frame));

/** Only what the other end of the channel has sealed is opened, however right its CRC is. */
const secureReaders: Target = {
  name: 'OSDP, secure channel',
  protocols: [],
  frames: sealed.map((bytes) => frameOf(bytes)),
  check: osdp,
  run(look: Look, tally: Tally) {
    inspectChecked('osdp', look, tally, osdp);
    const whole = readOsdp(look.bytes);
    const frames = [...assembledOsdp(look), ...(whole.ok ? [whole.frame] : [])];
    for (const frame of frames) {
      const opened = unseal(channel, frame);
      if (!opened) continue;
      const wire = encodeOsdp(frame);
      demand(isAmong(wire, sealed), 'a frame that nobody sealed was opened');
      tally.taken++;
    }
  },
};

const wiegandFrames = framesOf('wiegand');
const cards: Target = {
  name: 'Wiegand',
  protocols: ['wiegand'],
  frames: wiegandFrames,
  run(look, tally) {
    const { bytes, base, chance } = look;
    const all = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const bits = all.slice(0, chance.pick([26, 34, 26, 34, 37, 25, chance.below(60)]));
    const inverted = chance.oneIn(4);
    const asked = { ...look, base: { ...base, profile: inverted ? { inverted } : null } };
    const { valid } = inspect('wiegand', asked, { bits: chance.oneIn(6) ? null : bits });
    const shown = bytes.length === 4 ? all.slice(0, 26) : bytes.length === 5 ? all.slice(0, 34) : all;
    const right = (some: string) =>
      wiegandHolds(inverted ? [...some].map((bit) => (bit === '1' ? '0' : '1')).join('') : some);
    if (!valid) {
      if (!right(bits)) tally.wrongChecks++;
      return;
    }
    tally.taken++;
    demand(right(bits) || right(shown), 'a card whose parity is wrong was taken');
  },
};

const controllers = installed(({ link }) => link === 'uhppote');
const names = Object.keys(layouts) as FunctionName[];
const doors: Target = {
  name: 'UHPPOTE',
  protocols: ['uhppote'],
  frames: [...framesOf('uhppote'), ...framesOfCases(controllers)],
  run(look, tally) {
    const { bytes, chance } = look;
    if (inspect('uhppote', look, { direction: chance.pick(['request', 'response', null]) }).valid)
      tally.taken++;
    const header = readHeader(bytes);
    if (header.ok) {
      demand(bytes.length === 64, 'a datagram of another length was taken');
      const name = chance.oneIn(2) ? header.name : chance.pick(names);
      JSON.stringify([readMessage(bytes, name, 'reply'), readMessage(bytes, name, 'request')]);
      const event = readMessage(bytes, 'getEvent', 'reply');
      reasonOf(event);
      eventOfStatus(readMessage(bytes, 'status', 'reply'));
      let log = stepLog(beginLog({ index: event.index, time: event.time }), {
        type: 'last',
        index: chance.next(),
      });
      nextLogStep(log);
      log = stepLog(log, { type: 'entry', asked: event.index, entry: logEntry(event) });
      nextLogStep(log);
    }
    chance.pick(controllers).takeFrame(bytes);
  },
};

const tagReaders = installed(({ link }) => link === 'rfid-em4100-serial');
const tags: Target = {
  name: 'EM4100 serial',
  protocols: ['rfid-em4100-serial'],
  frames: [...framesOf('rfid-em4100-serial'), ...framesOfCases(tagReaders)],
  check: em4100Serial,
  run(look, tally) {
    inspectChecked('rfid-em4100-serial', look, tally, em4100Serial);
    heard('rfid-em4100-serial', tagReaders, look);
  },
};

const numbers: Target = {
  name: 'Card numbers',
  protocols: ['card-number-forms'],
  frames: [
    ...framesOf('card-number-forms'),
    ...['0006547886', '099,59822', '01:00:63:E9:AE', 'D765C61A'].map((text) => frameOf(text)),
  ],
  run(look, tally) {
    const text = look.chance.oneIn(2) ? null : Buffer.from(look.bytes).toString();
    if (inspect('card-number-forms', look, { text }).valid) tally.taken++;
  },
};

export const accessTargets: readonly Target[] = [
  plainReaders,
  secureReaders,
  cards,
  doors,
  tags,
  checkedBytes('EM4100 raw', 'rfid-em4100-raw', em4100Raw),
  checkedBytes('DS1990', 'ibutton-ds1990', ds1990),
  numbers,
];
