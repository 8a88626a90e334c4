import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, textToBytes } from '../bytes.ts';
import { type DtuIdentity, findRegistration, signalBytes, signalSetting, stripSignals } from './codec.ts';
import {
  type DtuOutput,
  type DtuState,
  type ExpectedDtu,
  openDtuSession,
  registerMs,
  settleMs,
  stepDtu,
} from './session.ts';

const text = textToBytes;
const words = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
const imei = '861234567890123';
const unit: ExpectedDtu = {
  link: 'pump-room',
  registration: text(imei),
  heartbeat: text('ping'),
  silenceMs: 60_000,
};
const short: ExpectedDtu = { ...unit, link: 'gate', registration: text('0012'), heartbeat: null };
const binary: DtuIdentity = {
  link: 'roof',
  registration: Uint8Array.of(0xfe, 1, 2, 3, 4),
  heartbeat: Uint8Array.of(0x24),
};

describe('a setting', () => {
  test('is a text or hex digits, and goes both ways', () => {
    expect(signalBytes('ping')).toEqual(text('ping'));
    expect(signalBytes('hex:FE 01-0a')).toEqual(Uint8Array.of(0xfe, 1, 0x0a));
    expect(signalBytes('hex:F')).toBeNull();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 30 }), (bytes) => {
        expect(signalBytes(signalSetting(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('a registration', () => {
  test.each([
    ['alone', imei, 'pump-room', ''],
    ['with a line end', `${imei}\r\n`, 'pump-room', '\r\n'],
    ['behind what a modem says', `\r\nCONNECT\r\n${imei}`, 'pump-room', ''],
    ['said twice', imei + imei, 'pump-room', imei],
    ['with a heartbeat right behind it', `${imei}ping`, 'pump-room', 'ping'],
    ['behind a heartbeat', `ping${imei}`, 'pump-room', ''],
    ['of another unit', '0012', 'gate', ''],
  ])('%s is found', (_, said, link, rest) => {
    const found = findRegistration(text(said), [unit, short]);
    expect(found?.identity.link).toBe(link);
    expect(words(found?.rest ?? text('?'))).toBe(rest);
  });

  test.each([
    ['a part of it', imei.slice(0, 14)],
    ['a longer number that contains it', `${imei}4`],
    ['the number of another unit that contains a short one', '866001200000001'],
    ['nothing', ''],
  ])('is not found in %s', (_, said) => {
    expect(findRegistration(text(said), [unit, short])).toBeNull();
  });

  test('in bytes is found wherever it stands', () => {
    const noisy = concatBytes(Uint8Array.of(0, 0x41), binary.registration, Uint8Array.of(0x42));
    expect(findRegistration(noisy, [unit, binary])?.identity.link).toBe('roof');
  });
});

describe('serial bytes', () => {
  const frame = Uint8Array.of(1, 3, 2, 0, 42, 0x38, 0x5b);

  test.each([
    ['a heartbeat before them', concatBytes(text('ping'), frame)],
    ['one behind them', concatBytes(frame, text('ping\r\n'))],
    ['the registration again', concatBytes(text(`${imei}\r\n`), frame)],
    ['one in the midst', concatBytes(frame.slice(0, 3), text('ping'), frame.slice(3))],
  ])('come without %s', (_, bytes) => {
    expect(stripSignals(bytes, unit)).toEqual({ payload: frame, open: new Uint8Array(0) });
  });

  test('keep a byte that is also a short heartbeat; alone it is one', () => {
    const bytes = Uint8Array.of(1, 3, 2, 0x24, 0x24);
    expect(stripSignals(bytes, binary).payload).toEqual(bytes);
    expect(stripSignals(Uint8Array.of(0x24, 0x24), binary).payload).toEqual(new Uint8Array(0));
  });

  test('cut anywhere, with heartbeats between them, come whole', () => {
    // Bytes of which no signal can be made.
    const serial = fc.uint8Array({ min: 0x80, max: 0xfd, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(serial, fc.constantFrom('', 'ping', 'ping\r\n', imei)), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 }),
        (parts, sizes) => {
          const stream = concatBytes(...parts.flatMap(([bytes, signal]) => [bytes, text(signal)]));
          let open: Uint8Array = new Uint8Array(0);
          const seen: Uint8Array[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            const stripped = stripSignals(concatBytes(open, stream.slice(at, at + size)), unit);
            seen.push(stripped.payload);
            open = stripped.open;
            at += size;
          }
          // A line end that came in a piece of its own is left: to every protocol it is noise.
          const came = words(concatBytes(...seen, open)).replaceAll(/[\r\n]/g, '');
          expect(came).toBe(parts.map(([bytes]) => words(bytes)).join(''));
        },
      ),
    );
  });

  test('of any kind never come more, and nothing throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(unit, short, binary), (bytes, who) => {
        const { payload, open } = stripSignals(bytes, who);
        expect(payload.length + open.length).toBeLessThanOrEqual(bytes.length);
        findRegistration(bytes, [who]);
      }),
    );
  });
});

/** A session that a test drives; what it says, and when it wants to be woken. */
function begin(expected: readonly ExpectedDtu[] = [unit]) {
  let now = 1_000;
  let { state, wakeMono } = openDtuSession(now);
  const outputs: DtuOutput[] = [];
  const step = (input: Parameters<typeof stepDtu>[1], known = expected) => {
    const next = stepDtu(state, input, now, known);
    state = next.state;
    wakeMono = next.wakeMono;
    outputs.push(...next.outputs);
  };
  return {
    outputs,
    phase: (): DtuState['phase'] => state.phase,
    say: (said: string) => step({ type: 'bytes', bytes: text(said) }),
    know: (known: readonly ExpectedDtu[]) => step({ type: 'expected' }, known),
    /** Lets time pass, ticking whenever the session wants it. */
    pass(ms: number) {
      const end = now + ms;
      while (wakeMono !== null && wakeMono <= end) {
        now = Math.max(now, wakeMono);
        step({ type: 'tick' });
      }
      now = end;
    },
    told: () =>
      outputs.map((output) => {
        if (output.type === 'registered') return `registered ${output.unit.link}`;
        if (output.type === 'close') return `close: ${output.why}`;
        return `${output.type} ${words(output.bytes)}`;
      }),
  };
}

describe('a connection', () => {
  test('is a line from its registration on, in however many pieces it comes', () => {
    const session = begin();
    for (const letter of imei) {
      session.say(letter);
      session.pass(settleMs - 1);
    }
    expect(session.outputs).toEqual([]);
    session.pass(1);
    session.say('ping');
    session.say('\x01\x03');
    expect(session.told()).toEqual(['registered pump-room', 'bytes \x01\x03']);
  });

  test('whose registration nobody knows is told once, and is a line as soon as it is known', () => {
    const session = begin([]);
    session.say('unit-7');
    session.pass(10_000);
    expect(session.told()).toEqual(['unknown unit-7']);
    session.know([{ ...unit, link: 'late', registration: text('unit-7') }]);
    expect(session.told()).toEqual(['unknown unit-7', 'registered late']);
  });

  test('that says nothing, or one byte a second, or too much, is closed', () => {
    const silent = begin();
    silent.pass(registerMs);
    expect(silent.told()).toEqual(['close: it did not say who it is']);
    const slow = begin();
    for (let i = 0; i < 40 && slow.phase() !== 'ended'; i++) {
      slow.say('x');
      slow.pass(1_000);
    }
    expect(slow.told()).toEqual([`unknown ${'x'.repeat(30)}`, 'close: it did not say who it is']);
    const loud = begin();
    loud.say('y'.repeat(600));
    expect(loud.told().at(-1)).toBe('close: what it sends is no registration');
  });

  test('whose heartbeats stop is closed, half-open or not', () => {
    const session = begin();
    session.say(imei);
    for (let i = 0; i < 5; i++) {
      session.pass(50_000);
      session.say('ping');
    }
    expect(session.told()).toEqual(['registered pump-room']);
    session.pass(60_000);
    expect(session.told().at(-1)).toBe('close: no byte for 60 s');
  });

  test('gives the beginning of a heartbeat that never comes as serial bytes', () => {
    const session = begin();
    session.say(imei);
    session.pass(settleMs);
    session.say('\x01\x03pi');
    expect(session.told().at(-1)).toBe('bytes \x01\x03');
    session.pass(100);
    expect(session.told().at(-1)).toBe('bytes pi');
  });

  test('of any bytes at any times never throws, and gives no more bytes than came', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom(imei, 'ping')), fc.nat(5_000)),
          { maxLength: 12 },
        ),
        (says) => {
          const session = begin([unit, short]);
          for (const [said, ms] of says) {
            session.say(said);
            session.pass(ms);
          }
          const came = says.reduce((sum, [said]) => sum + text(said).length, 0);
          const gave = session.outputs.reduce(
            (sum, output) => sum + (output.type === 'bytes' ? output.bytes.length : 0),
            0,
          );
          expect(gave).toBeLessThanOrEqual(came);
        },
      ),
    );
  });
});
