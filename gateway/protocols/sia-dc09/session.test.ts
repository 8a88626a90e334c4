import { describe, expect, test } from 'vitest';
import { type Dc09Outgoing, encodeDc09, readDc09Frame } from './frame.ts';
import {
  type Dc09Input,
  type Dc09Now,
  type Dc09Panel,
  type Dc09State,
  type Dc09Step,
  newDc09State,
  recallDc09,
  stepDc09,
} from './session.ts';

const pad = 'ABCDEFGHIJKLMNOP';
const key = new Uint8Array(16).fill(7);
const wall = Date.UTC(2026, 2, 21, 8, 16, 2);
const plain: Dc09Panel = { key: null, offsetMs: 0, stampAnswers: false };
const sealed: Dc09Panel = { ...plain, key };
const at = (ms: number): Dc09Now => ({ wallMs: wall + ms, monoMs: 1_000_000 + ms });

const burglary: Dc09Outgoing = {
  ...{ id: 'ADM-CID', seq: '0021', receiver: 'R1', line: 'L0', account: '1234', key: null },
  ...{ data: '#1234|1131 01 015', timestamp: wall },
};

function frameInput(sent: Dc09Outgoing): Dc09Input {
  const read = readDc09Frame(encodeDc09(sent, pad));
  if (!read.ok) throw new Error(read.error);
  return { type: 'frame', frame: read.frame, account: '1234' };
}

function send(
  state: Dc09State,
  sent: Partial<Dc09Outgoing> = {},
  ms = 0,
  panel: Dc09Panel | null = plain,
): Dc09Step {
  return stepDc09(state, frameInput({ ...burglary, ...sent }), panel, at(ms));
}

function reportOf(step: Dc09Step) {
  const [output] = step.outputs;
  if (output?.type !== 'report') throw new Error(JSON.stringify(step.outputs));
  return output;
}

describe('a report', () => {
  test('goes up with its answer, which nobody sends before it is stored', () => {
    const step = send(newDc09State);
    expect(step.send).toEqual([]);
    const { report, reply } = reportOf(step);
    expect(reply).toMatchObject({
      id: 'ACK',
      seq: '0021',
      receiver: 'R1',
      line: 'L0',
      account: '1234',
      key: null,
    });
    expect(reply).toMatchObject({ timestamp: null });
    expect(report).toMatchObject({ account: '1234', occurredAt: wall, contents: { kind: 'contact-id' } });
  });

  test('that is encrypted is answered encrypted, with our time', () => {
    const { reply } = reportOf(send(newDc09State, { key }, 5_000, sealed));
    expect(reply).toMatchObject({ key, timestamp: wall + 5_000 });
  });

  test('of a panel that keeps local time is told in UTC, and stamped in its own time where it wants that', () => {
    const shanghai: Dc09Panel = { key: null, offsetMs: 8 * 3_600_000, stampAnswers: true };
    const { report, reply } = reportOf(send(newDc09State, {}, 0, shanghai));
    expect(report.occurredAt).toBe(wall - 8 * 3_600_000);
    expect(reply).toMatchObject({ timestamp: wall + 8 * 3_600_000 });
  });
});

describe('a repeat', () => {
  const first = send(newDc09State);
  const identity = reportOf(first).report.identity;
  const again = (sent: Partial<Dc09Outgoing>, ms: number) =>
    reportOf(send(first.state, sent, ms)).report.identity;

  test.each([
    ['the same frame a second later', {}, 1_000, true],
    ['with a new time stamp within ten minutes', { timestamp: wall + 60_000 }, 60_000, true],
    ['with a new time stamp after ten minutes', { timestamp: wall + 601_000 }, 601_000, false],
    ['with the old time stamp after a day', {}, 86_400_000, true],
    ['with another number', { seq: '0022' }, 1_000, false],
    ['with the same number and other contents', { data: '#1234|3131 01 015' }, 1_000, false],
  ] as const)('%s', (_, sent, ms, same) => {
    expect(again(sent, ms) === identity).toBe(same);
  });

  test('is one of the same account: a receiver takes many in', () => {
    const input = { ...frameInput(burglary), account: '5678' };
    const { report } = reportOf(stepDc09(first.state, input as Dc09Input, plain, at(0)));
    expect(report.identity).not.toBe(identity);
  });

  test('that goes on for longer than ten minutes is one, counted from the last', () => {
    let state = first.state;
    for (let ms = 300_000; ms <= 1_800_000; ms += 300_000) {
      const step = send(state, { timestamp: wall + ms }, ms);
      expect(reportOf(step).report.identity).toBe(identity);
      state = step.state;
    }
  });

  test('of a panel without a clock is known by number and contents', () => {
    const quiet = send(newDc09State, { timestamp: null });
    const { report } = reportOf(send(quiet.state, { timestamp: null }, 20_000));
    expect(report.identity).toBe(reportOf(quiet).report.identity);
    const late = reportOf(send(quiet.state, { timestamp: null }, 700_000)).report;
    expect(late.identity).not.toBe(report.identity);
  });

  test('of a panel that numbers nothing is known by its time alone', () => {
    const armed = send(newDc09State, { seq: '0000' });
    const later = reportOf(send(armed.state, { seq: '0000', timestamp: wall + 30_000 }, 30_000)).report;
    expect(later.identity).not.toBe(reportOf(armed).report.identity);
    const same = reportOf(send(armed.state, { seq: '0000' }, 30_000)).report;
    expect(same.identity).toBe(reportOf(armed).report.identity);
  });
});

describe('after a restart', () => {
  const recalledFrom = (sent: Partial<Dc09Outgoing>) => {
    const { identity } = reportOf(send(newDc09State, sent)).report;
    return { identity, state: recallDc09(newDc09State, identity, at(0).monoMs) };
  };

  test.each([
    ['with a time', {}],
    ['without one', { timestamp: null }],
    ['of more than a hundred characters', { data: `#1234|${'Nri1/UA012'.repeat(20)}`, id: 'SIA-DCS' }],
    ['of several lines', { data: '#1234|Nri1/UA012^FRONT DOOR at 7^', id: 'SIA-DCS' }],
  ] as const)('a report %s is known again, for ten minutes', (_, sent) => {
    const { identity, state } = recalledFrom(sent);
    expect(identity.length).toBeLessThan(140);
    const again = { ...sent, timestamp: sent && 'timestamp' in sent ? null : wall + 5_000 };
    expect(reportOf(send(state, again, 5_000)).report.identity).toBe(identity);
    expect(reportOf(send(state, again, 601_000)).report.identity).not.toBe(identity);
  });

  test('what is no mark of a report is passed over', () => {
    expect(recallDc09(newDc09State, 'e-17', 0)).toBe(newDc09State);
    expect(recallDc09(newDc09State, '0021 ADM-CID x 12 /2', 0)).toBe(newDc09State);
  });
});

describe('refused, with what is answered:', () => {
  const outcome = (sent: Partial<Dc09Outgoing>, panel: Dc09Panel | null, ms = 0) => {
    const { outputs, send: sends } = send(newDc09State, sent, ms, panel);
    const [output] = outputs;
    const [reply] = sends;
    return {
      why: output?.type === 'refused' ? output.why : output?.type,
      answer: reply === undefined ? null : 'nak' in reply ? 'NAK' : reply.id,
    };
  };
  test.each([
    ['an unknown account', {}, null, 0, 'unknown', 'DUH'],
    ['encrypted, and no key is known', { key }, plain, 0, 'key-missing', 'DUH'],
    ['encrypted with another key', { key: new Uint8Array(16) }, sealed, 0, 'decrypt', 'DUH'],
    ['in the clear, though a key is set', {}, sealed, 0, 'plain', 'DUH'],
    ['encrypted and 41 s old', { key }, sealed, 41_000, 'clock', 'NAK'],
    ['encrypted and 21 s early', { key }, sealed, -21_000, 'clock', 'NAK'],
    ['encrypted and 39 s old', { key }, sealed, 39_000, 'report', null],
    ['encrypted and 19 s early', { key }, sealed, -19_000, 'report', null],
    ['in the clear and an hour old', {}, plain, 3_600_000, 'report', null],
  ] as const)('%s', (_, sent, panel, ms, why, answer) => {
    expect(outcome(sent, panel, ms)).toEqual({ why, answer });
  });

  test('an answer is never answered', () => {
    const step = send(newDc09State, { id: 'ACK', data: '' });
    expect(step).toMatchObject({ send: [], outputs: [] });
    const refused = send(newDc09State, { id: 'ACK', data: '' }, 0, sealed);
    expect(refused.send).toEqual([]);
    for (const id of ['ACK', 'NAK', 'DUH', 'RSP']) {
      expect(outcome({ id, data: '' }, null)).toEqual({ why: 'unknown', answer: null });
      expect(outcome({ id, data: '', key }, plain)).toEqual({ why: 'key-missing', answer: null });
    }
  });

  test('NAK tells the time by which the panel shall set its clock', () => {
    const local: Dc09Panel = { ...sealed, offsetMs: 3_600_000 };
    const { send: sends } = send(newDc09State, { key }, 0, local);
    expect(sends).toEqual([{ nak: wall + 3_600_000, binaryCrc: false }]);
  });
});

describe('a command', () => {
  const heard = send(newDc09State, {
    id: 'HENG-BO',
    data: '#000010|3400 00 000',
    receiver: 'R12',
    line: 'L6',
  });
  const disarm: Dc09Input = {
    type: 'command',
    ...{ command: 'c-1', account: '1234' },
    order: { token: 'HENG-BO', text: '1400 00 099', password: '123456' },
  };
  const asked = stepDc09(heard.state, disarm, plain, at(0));
  const answer = (id: string, seq = '0001', ms = 500) => send(asked.state, { id, seq, data: '' }, ms);

  test('names the panel as it names itself, its password behind two bytes of length', () => {
    expect(asked.send).toMatchObject([
      {
        ...{ id: 'HENG-BO', seq: '0001', receiver: 'R12', line: 'L6', account: '1234' },
        ...{ data: '#000010|1400 00 099', xdata: ['\0\x06123456'] },
      },
    ]);
    expect(asked.timer).toBe(at(10_000).monoMs);
  });

  test.each([
    ['ACK', null],
    ['RSP', null],
    ['DUH', 'refused'],
    ['NAK', 'refused'],
  ] as const)('that the panel answers with %s', (id, failure) => {
    const { outputs, timer } = answer(id);
    expect(outputs).toEqual([{ type: 'commanded', command: 'c-1', failure }]);
    expect(timer).toBeNull();
  });

  test('is not answered by the acknowledgement of something else, and only once', () => {
    expect(answer('ACK', '0002').outputs).toEqual([]);
    expect(send(answer('ACK').state, { id: 'ACK', seq: '0001', data: '' }).outputs).toEqual([]);
  });

  test('fails when its time is over or the connection is lost, and not before', () => {
    expect(stepDc09(asked.state, { type: 'time' }, plain, at(9_999)).outputs).toEqual([]);
    const late = stepDc09(asked.state, { type: 'time' }, plain, at(10_000));
    expect(late.outputs).toEqual([{ type: 'commanded', command: 'c-1', failure: 'no-answer' }]);
    expect(stepDc09(asked.state, { type: 'lost' }, plain, at(1)).outputs).toMatchObject([
      { failure: 'lost' },
    ]);
  });

  test('numbers go from 1 to 9999 and begin anew', () => {
    const last = stepDc09({ ...heard.state, nextSeq: 9_999 }, disarm, plain, at(0));
    expect(last.send).toMatchObject([{ seq: '9999' }]);
    expect(last.state.nextSeq).toBe(1);
  });
});
