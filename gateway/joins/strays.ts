import { type Misread, misread } from '../contract/misread.ts';
import type { StrangerGuess } from '../contract/stranger.ts';
import type { DeviceMessage } from '../devices/devices.ts';
import type { FieldOrigin } from '../ingest/field-input.ts';
import type { Meeting, Strangers } from '../ingest/strangers.ts';
import type { Instant } from '../lib/clock.ts';
import type { UnknownDtu } from '../links/dtu-listener.ts';
import { signalSetting } from '../protocols/dtu/codec.ts';

/** What a receiver says of an account that is not its child's. */
const unknownAccounts: ReadonlySet<string> = new Set(['account.unknown', 'account.unknownAlarm']);

/** Whoever comes in by a link and is nobody of the site: told once with what to do, and counted. */
export function createStrays(deps: {
  strangers: Pick<Strangers, 'meet'>;
  /** A message that no device takes was counted. */
  strayed(): void;
  /** Keeps it with its bytes; `done` when that is on disk. */
  keep(received: Instant, origin: FieldOrigin, why: Misread, done: (() => void) | null): void;
}) {
  const { strangers } = deps;
  return {
    /** On a topic that no device takes, or of a device that nobody knows. */
    message(
      received: Instant,
      who: Pick<Meeting, 'kind' | 'link' | 'what'>,
      guess: () => StrangerGuess,
      origin: FieldOrigin,
      done: () => void,
    ): void {
      deps.strayed();
      const meeting = { ...who, from: null, at: received.wallMs, bytes: origin.bytes };
      const met = strangers.meet(meeting, guess);
      if (met) deps.keep(received, origin, met.why, done);
      else done();
    },

    /** Accounts that report by a receiver of the site and that no device has. Their events are the receiver's. */
    accounts(messages: readonly DeviceMessage[], link: string | null, bytes: Uint8Array): void {
      for (const { receivedAt, events } of messages)
        for (const { type, device, data } of events) {
          const { account } = data;
          if (!unknownAccounts.has(type) || typeof account !== 'string') continue;
          const meeting = {
            kind: 'account',
            link,
            what: account,
            from: null,
            at: receivedAt,
            bytes,
          } as const;
          strangers.meet(meeting, () => ({
            ...{ types: ['contact-id-account'], address: account, by: 'protocol' },
            why: misread('stray-account', { account, device }),
          }));
        }
    },

    /** A unit that dialled in and that no link expects. */
    unit({ from, bytes, receivedAt }: UnknownDtu, received: Instant): void {
      const said = signalSetting(bytes);
      const meeting = { kind: 'unit', link: null, what: said, from, at: receivedAt, bytes } as const;
      const met = strangers.meet(meeting, () => ({
        ...{ types: [], address: null, by: 'protocol' },
        why: misread('stray-unit', { from, said, registration: JSON.stringify(said) }),
      }));
      const origin: FieldOrigin = { source: `dial-in ${from}`, device: null, bytes: Buffer.from(bytes) };
      if (met) deps.keep(received, origin, met.why, null);
    },
  };
}
