import { type Misread, type MisreadCode, misread, misreadText } from '../contract/misread.ts';
import type { Devices, ReaderSetting } from '../devices/devices.ts';
import type { Clock } from '../lib/clock.ts';
import { Fault } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { OsdpListener, ReaderPlan } from '../links/osdp-line.ts';
import type { Protection } from '../protocols/osdp/conversation.ts';
import type { ChannelState } from '../protocols/osdp/report.ts';
import { readOsdpKey } from '../protocols/osdp/secure-channel.ts';
import type { Field } from './field.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Why it is not spoken with a reader as the site wants it, and how to mend that; null: it is. */
const channelMends: Readonly<Record<ChannelState, MisreadCode | null>> = {
  plain: null,
  secure: null,
  installation: 'reader-installation',
  'wrong-key': 'reader-wrong-key',
  'key-required': 'reader-key-required',
  unsupported: 'reader-unsupported',
  'no-key': 'reader-no-key',
};

function mendOf(device: string, channel: ChannelState): Misread | null {
  const code = channelMends[channel];
  return code && misread(code, { device });
}

/** The same in words; empty where nothing is to be mended. */
export function channelMend(device: string, channel: ChannelState): string {
  const reason = mendOf(device, channel);
  return reason ? misreadText(reason) : '';
}

/** How the site wants to speak with a reader. */
export function protectionOf(
  { key, installMode }: Pick<ReaderSetting, 'key' | 'installMode'>,
  env: Environment,
): Protection {
  if (installMode) return { mode: 'installation' };
  if (key === null) return { mode: 'plain' };
  return { mode: 'key', key: readOsdpKey((key.startsWith('env:') && env[key.slice(4)]) || '') };
}

/** The site's card readers on OSDP lines: what they say goes the field's way, what is held to them is acknowledged after the commit. */
export function createCardReaders(deps: {
  clock: Clock;
  log: Logger;
  env: Environment;
  devices: Pick<Devices, 'readersOn' | 'decodeReaderState' | 'decodeReaderHappening' | 'onReaderLost'>;
  field: Pick<Field, 'asked' | 'waiting' | 'denied' | 'act'>;
}) {
  const { devices, field, env, clock } = deps;
  const told = new Map<string, ChannelState>();

  /** Said once when it changes, where integrators look: the log and the dead letters. */
  function tellMend(device: string, channel: ChannelState): void {
    if (told.get(device) === channel) return;
    told.set(device, channel);
    const reason = mendOf(device, channel);
    if (reason === null) return;
    deps.log.warn({ device, channel, mend: misreadText(reason) }, 'a card reader');
    field.denied({ source: `reader ${device}`, device, bytes: Buffer.alloc(0) }, reason);
  }

  const listener: OsdpListener = {
    state(device, state, receivedAt) {
      if (state.type === 'channel') tellMend(device, state.channel);
      field.asked(device, receivedAt, () => [devices.decodeReaderState(device, state, receivedAt)], {
        ...{ way: 'reader', state, receivedAt },
      });
    },
    happened(device, happening, receivedAt, durable) {
      field.waiting(
        // Without its bytes: they may be a PIN.
        { source: `reader ${device}`, device, bytes: Buffer.alloc(0) },
        { ...clock.now(), wallMs: receivedAt },
        () => [devices.decodeReaderHappening(device, happening, receivedAt)],
        // What a room could not digest is among the dead letters; only a gateway that stops leaves it to the reader.
        (error) => {
          if (!(error instanceof Fault && error.code === 'queue.full')) durable();
        },
        durable,
      );
    },
    lost(device) {
      field.act('reader lost', (turn) => devices.onReaderLost(turn, device, null));
    },
    barred(device, channel) {
      tellMend(device, channel);
      field.act('reader barred', (turn) => devices.onReaderLost(turn, device, channel));
    },
  };

  return {
    listener,
    /** The readers on a link, with their keys as they are now. */
    on: (link: string): ReaderPlan[] =>
      devices.readersOn(link).map((setting) => ({
        ...{ device: setting.device, address: setting.address },
        protection: protectionOf(setting, env),
      })),
  };
}
