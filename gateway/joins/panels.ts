import { randomBytes } from 'node:crypto';
import type { WhyNot } from '../contract/command.ts';
import type { PanelQuirk, QuirkCount } from '../contract/link-status.ts';
import { type Misread, misread } from '../contract/misread.ts';
import type { PanelOrder } from '../devices/command-orders.ts';
import { panelRefusal } from '../devices/dc09-panels.ts';
import type { Devices } from '../devices/devices.ts';
import type { FieldOrigin } from '../ingest/field-input.ts';
import type { Strangers } from '../ingest/strangers.ts';
import type { Clock } from '../lib/clock.ts';
import { offsetMsAt } from '../lib/local-time.ts';
import type { Logger } from '../lib/log.ts';
import { createAlarmReceiver } from '../links/alarm-receiver.ts';
import type { KnownPanel, PanelAnswer } from '../links/dc09-conversations.ts';
import { readDc09Key } from '../protocols/sia-dc09/cipher.ts';
import type { Dc09FrameError } from '../protocols/sia-dc09/frame.ts';
import { answerMs, type Dc09Panel, type Dc09Refusal, repeatMs } from '../protocols/sia-dc09/session.ts';
import type { Query } from '../store/store.ts';
import type { Field } from './field.ts';
import { alarmReceiverPlace, type Overhearing } from './overhear.ts';
import { createRefusals, recentReports } from './receivers.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const whyNot: Readonly<Record<PanelAnswer, WhyNot | null>> = {
  acknowledged: null,
  'not-connected': {
    error: 'the panel has no open TCP connection to the alarm receiver: nothing can be sent to it',
    failure: { code: 'line-down' },
  },
  elsewhere: {
    error:
      'the panel has last reported from another address than that of its connection, so its password is not sent; give it a key if it changes its address',
    failure: { code: 'not-sent' },
  },
  lost: {
    error: 'the connection to the panel was lost before it answered',
    failure: { code: 'no-answer', withinMs: null },
  },
  'no-answer': {
    error: `the panel did not acknowledge it within ${answerMs / 1_000} s`,
    failure: { code: 'no-answer', withinMs: answerMs },
  },
  refused: { error: 'the panel does not take this', failure: { code: 'refused', words: null } },
};

/** A device by its settings. */
interface Configured {
  settings: Readonly<Record<string, unknown>>;
}

/** A secret setting, `env:NAME` looked up; null when the device has none, undefined when it cannot be found. */
function secretOf(line: Configured, name: string, env: Environment): string | null | undefined {
  const value = line.settings[name];
  if (typeof value !== 'string' || value === '') return null;
  return value.startsWith('env:') ? env[value.slice(4)] : undefined;
}

/** Stands for a key that cannot be read: nothing is taken that it does not open. */
const noKey = randomBytes(16);

/** How a panel speaks, by its settings. */
export function panelSpeech(
  line: Configured,
  { env, timeZone, now }: { env: Environment; timeZone: string; now: number },
): Dc09Panel {
  const secret = secretOf(line, 'key', env);
  const { localTime, stampAnswers } = line.settings;
  return {
    key: secret === null ? null : (readDc09Key(secret ?? '') ?? noKey),
    offsetMs: localTime === true ? offsetMsAt(timeZone, now) : 0,
    stampAnswers: stampAnswers === true,
  };
}

/** The alarm receiver with the site's panels (SIA DC-09); undefined when it is switched off. */
export async function createPanels(deps: {
  options: { host: string; port: number } | null;
  clock: Clock;
  log: Logger;
  env: Environment;
  timeZone(): string;
  query: Query;
  devices: Pick<Devices, 'panelLine' | 'panelOf' | 'decodePanelReport'>;
  field: Pick<Field, 'waiting' | 'denied' | 'meetAccounts'>;
  strangers: Pick<Strangers, 'meet'>;
  /** Whoever tries a panel listens beside the main line. */
  overhearing: Pick<Overhearing, 'heard' | 'keep'>;
  /** A cap was hit. */
  limited(limit: string): void;
}) {
  const { options, clock, env, devices, field } = deps;
  if (!options) return undefined;
  const refusals = createRefusals({ field, strangers: deps.strangers, clock });
  let reports = 0;
  const quirks = new Map<PanelQuirk, QuirkCount>();
  function known(account: string): KnownPanel | null {
    const line = devices.panelLine(account);
    if (!line) return null;
    return {
      conversation: line.stranger ? `${line.device} ${account}` : line.device,
      receiver: line.stranger ? line.device : null,
      panel: panelSpeech(line, { env, timeZone: deps.timeZone(), now: clock.now().wallMs }),
    };
  }

  function reasonOf(
    why: Dc09Refusal | Dc09FrameError,
    account: string,
    told: { who: string; seconds: number },
  ): Misread {
    const line = devices.panelLine(account);
    const key = line && secretOf(line, 'key', env);
    switch (why) {
      case 'decrypt':
        if (key === undefined)
          return misread('panel-key-unset', { ...told, key: JSON.stringify(line?.settings.key) });
        return readDc09Key(key ?? '') ? panelRefusal(why, told) : misread('panel-key-bad', told);
      default:
        return panelRefusal(why, told);
    }
  }

  function overheard(account: string | null, bytes: Uint8Array): void {
    const heard = {
      way: 'report',
      to: 'alarm',
      from: account,
      bytes,
      receivedAt: clock.now().wallMs,
    } as const;
    deps.overhearing.heard(alarmReceiverPlace, heard);
    if (account !== null) deps.overhearing.keep(alarmReceiverPlace, account, heard);
  }

  const receiver = await createAlarmReceiver({
    ...options,
    clock,
    log: deps.log,
    known,
    report(report, { address, bytes, received }, done) {
      reports++;
      for (const quirk of report.quirks) {
        const count = (quirks.get(quirk)?.count ?? 0) + 1;
        quirks.set(quirk, { quirk, count, account: report.account, at: received.wallMs });
      }
      const origin: FieldOrigin = {
        ...{ source: `alarm receiver ${address}`, device: null, bytes: Buffer.from(bytes) },
        way: 'panel',
      };
      const { contents } = report;
      const account = ('account' in contents ? contents.account : null) ?? report.account;
      overheard(account, bytes);
      field.waiting(
        origin,
        received,
        () => {
          const messages = devices.decodePanelReport(report, received.wallMs);
          field.meetAccounts(messages, null, origin.bytes);
          return messages;
        },
        done,
        undefined,
        `panel ${report.account}/${report.identity}`,
      );
    },
    refused(why, { address, bytes, account, skewMs }) {
      overheard(account, bytes);
      const who = account === null ? address : `${account} (${address})`;
      refusals.tell({
        mark: `${account ?? address} ${why}`,
        source: `alarm receiver ${address}`,
        bytes,
        why: () => reasonOf(why, account ?? '', { who, seconds: Math.round(skewMs / 1_000) }),
        stranger:
          why === 'unknown' && account !== null ? { what: account, from: address, type: 'dc09-panel' } : null,
      });
    },
    limited: deps.limited,
  });

  return {
    port: receiver.port,
    pauseReading: receiver.pauseReading,
    stats: () => ({ connections: receiver.connections(), reports, refused: refusals.count() }),
    /** What panels do otherwise than the standard has it, counted since the start. */
    quirks: (): QuirkCount[] => [...quirks.values()],
    /** Opens the door, once the panels are known and what they sent shortly before the restart is known again. */
    async start(): Promise<void> {
      for (const { device, identity, at } of await recentReports(deps, repeatMs)) {
        const panel = devices.panelOf(device);
        if (panel !== null) receiver.recall(panel, identity, at);
      }
      receiver.pauseReading(false);
    },
    close: receiver.close,
    /** Faults that are mended may come back: they are told anew. */
    siteChanged: refusals.forget,
    /** Null when the panel has acknowledged it. */
    async command({
      command,
      account,
      token,
      report: text,
      withPassword,
    }: PanelOrder): Promise<WhyNot | null> {
      const line = devices.panelLine(account);
      const password = line && withPassword ? secretOf(line, 'password', env) : null;
      if (password === undefined)
        return {
          error: `its password ${String(line?.settings.password)} is not set where the gateway is started`,
          failure: { code: 'not-sent' },
        };
      if (!line) return whyNot['not-connected'];
      return whyNot[await receiver.command(command, line.device, { token, text, password })];
    },
  };
}
export type Panels = Awaited<ReturnType<typeof createPanels>>;
