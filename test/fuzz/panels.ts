import { createManualClock } from '../../gateway/lib/clock.ts';
import { createHeardLine } from '../../gateway/links/heard-line.ts';
import { heardProtocols } from '../../gateway/links/heard-protocols.ts';
import { createFireAssembler, longestFireFrame } from '../../gateway/protocols/gbt26875/assembler.ts';
import { answerTo, encodeFireFrame, readFireFrame } from '../../gateway/protocols/gbt26875/frame.ts';
import { readFireUnit } from '../../gateway/protocols/gbt26875/unit.ts';
import { siaEvents } from '../../gateway/protocols/sia-dc03/block.ts';
import { createDc09Assembler } from '../../gateway/protocols/sia-dc09/assembler.ts';
import {
  encodeDc09,
  encodeDc09Nak,
  openDc09Frame,
  readDc09Frame,
} from '../../gateway/protocols/sia-dc09/frame.ts';
import { type Dc09State, newDc09State, stepDc09 } from '../../gateway/protocols/sia-dc09/session.ts';
import { contactId, dc09, fireSum } from './checksums.ts';
import {
  checkedBytes,
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
import { framesOfCases, type Installed, installed } from './stages.ts';

// Alarm panels, their receivers, and fire transmission devices, up to the events that their frames become.

const now = Date.UTC(2026, 0, 1);

/** A line on which the receiver speaks first: every frame goes up, and what is not understood is refused. */
function heard(
  protocol: keyof typeof heardProtocols,
  houses: readonly Installed[],
  { pieces, bytes, chance }: Look,
): void {
  const clock = createManualClock(now);
  const house = houses.length > 0 ? chance.pick(houses) : null;
  const line = createHeardLine({
    protocol: heardProtocols[protocol],
    clock,
    send: () => {},
    frame(frame, _, done) {
      demand(stands(frame, bytes), 'the assembler made a frame up');
      house?.takeFrame(frame);
      done(true);
    },
  });
  for (const piece of pieces) line.received(piece);
}

const blocks: Target = {
  name: 'SIA DC-03',
  protocols: [],
  frames: [
    ...[
      'Nri1/BA015',
      'NBA01',
      'ri1id5CL501',
      'Oti10:23/ri2/BA1/BA2/BR3',
      'NRP0000',
      "Nri3/FA'0012'^VX FRONTE^",
      '*"FRONT DOOR"NM',
    ],
    ...['Nda12-31/ti23:59/id12/pi003/OP0012', 'NLR', 'NYC9999'],
  ].map((text) => frameOf(text)),
  run({ bytes }, tally) {
    const events = siaEvents(Buffer.from(bytes).toString('latin1'));
    for (const { code, point } of events)
      demand(/^[A-Z]{2}$/.test(code) && /^[0-9A-F]*$/.test(point), 'an event without a code');
    demand(events.length <= bytes.length / 2, 'more events than there are letters for');
    tally.taken += events.length > 0 ? 1 : 0;
  },
};

function receiver(name: string, protocol: 'surgard-mlr2' | 'ademco-685'): Target {
  const houses = installed(
    ({ link, id }) => link === protocol || (id === 'contact-id-account' && protocol === 'surgard-mlr2'),
  );
  return {
    name,
    protocols: [protocol],
    frames: [...framesOf(protocol), ...framesOfCases(houses)],
    run(look, tally) {
      if (inspect(protocol, look).valid) tally.taken++;
      heard(protocol, houses, look);
    },
  };
}

const panels = installed(({ link }) => link === 'sia-dc09');
/** `"*SIA-DCS"…` of a panel whose key is 16 times A. */
const key = Buffer.from('A'.repeat(16));
const encrypted: Frame[] = ['|Nri1/BA015]', '|#1234|1131 01 015]', '|]'].map((data, i) => {
  const text = data.slice(1, data.lastIndexOf(']'));
  const id = ['SIA-DCS', 'ADM-CID', 'NULL'][i] ?? '';
  const frame = {
    id,
    seq: `000${i}`,
    receiver: null,
    line: 'L0',
    account: '1234',
    data: text,
    timestamp: now,
    key,
  };
  return { ...frameOf(encodeDc09(frame, 'ABCDEFGHIJKLMNOP')), key };
});

const pad = 'ABCDEFGHIJKLMNOP';

/** What a panel's connection brings: every frame that becomes a report has a right CRC, and every answer can be written. */
function conversed(look: Look, tally: Tally): void {
  const { pieces, bytes, base, chance } = look;
  const assembler = createDc09Assembler();
  let state: Dc09State = newDc09State;
  const panel = chance.oneIn(6) ? null : { key: base.key, offsetMs: 0, stampAnswers: chance.oneIn(2) };
  if (chance.oneIn(3)) {
    const order = {
      type: 'command',
      command: 'c',
      account: '1234',
      order: { token: 'HENG-BO', text: 'q400 01 001', password: '1234' },
    } as const;
    state = stepDc09(state, order, panel, { wallMs: now, monoMs: 0 }).state;
  }
  for (const frame of pieces.flatMap((piece) => assembler.push(piece))) {
    demand(stands(frame, bytes), 'the assembler made a frame up');
    const read = readDc09Frame(frame);
    if (!read.ok) continue;
    demand(dc09.holds(frame), 'a frame whose CRC is wrong went to the conversation');
    tally.taken++;
    openDc09Frame(read.frame, key);
    const step = stepDc09(
      state,
      { type: 'frame', frame: read.frame, account: read.frame.account ?? '' },
      panel,
      { wallMs: now, monoMs: 1 },
    );
    state = step.state;
    const replies = step.outputs.flatMap((output) => (output.type === 'report' ? [output.reply] : []));
    for (const reply of [...step.send, ...replies]) {
      const answer = 'nak' in reply ? encodeDc09Nak(reply.nak, reply.binaryCrc) : encodeDc09(reply, pad);
      demand(dc09.holds(answer), 'an answer with a wrong CRC');
    }
  }
  stepDc09(state, { type: 'lost' }, panel, { wallMs: now, monoMs: 2 });
  if (panels.length > 0 && base.key === null) chance.pick(panels).takeFrame(bytes);
}

const plainPanels: Target = {
  name: 'SIA DC-09, plain',
  protocols: ['sia-dc09'],
  frames: [...framesOf('sia-dc09').filter((frame) => frame.key === null), ...framesOfCases(panels)],
  check: dc09,
  run(look, tally) {
    inspectChecked('sia-dc09', look, tally, dc09);
    conversed(look, tally);
  },
};

const encryptedPanels: Target = {
  ...plainPanels,
  name: 'SIA DC-09, encrypted',
  frames: [...framesOf('sia-dc09').filter((frame) => frame.key !== null), ...encrypted],
};

const fireHouses = installed(({ link }) => link === 'gbt26875');
const transmitters: Target = {
  name: 'GB/T 26875.3',
  protocols: ['gb26875'],
  frames: [...framesOf('gb26875'), ...framesOfCases(fireHouses)],
  check: fireSum,
  run(look, tally) {
    inspectChecked('gb26875', look, tally, fireSum);
    const { bytes, pieces, chance } = look;
    const assembler = createFireAssembler();
    const frames = pieces.flatMap((piece) => assembler.push(piece));
    for (const frame of frames) {
      demand(stands(frame, bytes) && frame.length <= longestFireFrame, 'the assembler made a frame up');
      const read = readFireFrame(frame);
      if (!read.ok) continue;
      demand(fireSum.holds(frame), 'a frame whose sum is wrong was taken');
      tally.taken++;
      readFireUnit(read.frame.unit);
      demand(
        fireSum.holds(encodeFireFrame(answerTo(read.frame, 'confirm', now))),
        'a confirmation with a wrong sum',
      );
    }
    chance.pick(fireHouses).takeFrame(frames[0] ?? joined(bytes));
  },
};

export const panelTargets: readonly Target[] = [
  checkedBytes('Contact ID', 'contact-id', contactId),
  blocks,
  receiver('Sur-Gard MLR2 and System III', 'surgard-mlr2'),
  receiver('Ademco 685', 'ademco-685'),
  plainPanels,
  encryptedPanels,
  transmitters,
];
export { heard };
