import { type Misread, misread } from '../contract/misread.ts';
import { fault } from '../lib/errors.ts';
import { type Dc09FrameError, readDc09Frame } from '../protocols/sia-dc09/frame.ts';
import {
  type Dc09Panel,
  type Dc09Refusal,
  type Dc09Report,
  newDc09State,
  stepDc09,
} from '../protocols/sia-dc09/session.ts';
import type { LiveDevice } from './live-device.ts';
import { type DeviceMessage, messageOf } from './message.ts';
import { panelEventOf, panelEventOfSia } from './panel-events.ts';
import {
  accountKey,
  accountMessage,
  type PanelReport,
  panelMessage,
  type ReportTime,
} from './panel-report.ts';
import type { Registry } from './registry.ts';

// Panels that report to the gateway's own alarm receiver (SIA DC-09). A panel's address is the account by which it names itself; a
// module or a software receiver that speaks for several has them as children.

/** What the alarm receiver must know of a sender before it can read what it sends. */
export interface PanelLine {
  device: string;
  /** No device has the account: the receiver takes it in. */
  stranger: boolean;
  settings: LiveDevice['settings'];
}

type House = Pick<Registry, 'panel' | 'panelReceiver' | 'account'>;

/** A panel without a key whose clock keeps UTC. */
export const plainPanel: Dc09Panel = { key: null, offsetMs: 0, stampAnswers: false };

/** What a frame reports when it is the first that is heard of its panel, null when it only answers; or why it is refused. */
export function firstReport(
  bytes: Uint8Array,
  panel: Dc09Panel,
  receivedAt: number,
): { report: Dc09Report | null } | { refused: Dc09Refusal | Dc09FrameError; skewMs: number } {
  const read = readDc09Frame(bytes);
  if (!read.ok) return { refused: read.error, skewMs: 0 };
  const { frame } = read;
  const input = { type: 'frame', frame, account: frame.account ?? '' } as const;
  const { outputs } = stepDc09(newDc09State, input, panel, { wallMs: receivedAt, monoMs: 0 });
  for (const output of outputs) {
    if (output.type === 'refused') return { refused: output.why, skewMs: output.skewMs ?? 0 };
    if (output.type === 'report') return { report: output.report };
  }
  return { report: null };
}

/**
 * Why a frame of a panel is not taken, and how to mend it where the device is set.
 * @param told who sent it and how far off its clock is
 */
export function panelRefusal(
  why: Dc09Refusal | Dc09FrameError,
  told: { who: string; seconds: number },
): Misread {
  return misread(why === 'framing' || why === 'format' ? 'panel-format' : `panel-${why}`, told);
}

/** The panel of an account, else the receiver that takes in strangers; null: the site has neither. */
export function panelLine(house: House, account: string): PanelLine | null {
  const panel = house.panel(accountKey(account));
  const live = panel ?? house.panelReceiver();
  return live ? { device: live.id, stranger: !panel, settings: live.settings } : null;
}

/** The panel that reports for a device: itself, or the one that it is behind; null when it has no such. */
export function panelOf(house: Pick<Registry, 'get'>, device: string): string | null {
  const live = house.get(device);
  if (live?.type.link === 'sia-dc09') return live.id;
  const parent = live?.device.parent;
  return parent !== undefined && house.get(parent)?.type.link === 'sia-dc09' ? parent : null;
}

function reportOf({ account: sender, contents }: Dc09Report): PanelReport {
  const account = ('account' in contents ? contents.account : null) ?? sender;
  switch (contents.kind) {
    case 'alive':
      return { account, tell: () => [] };
    case 'contact-id':
      return { account, tell: (codes) => [panelEventOf(contents.message, codes)] };
    case 'sia':
      return { account, tell: () => contents.events.map(panelEventOfSia) };
    case 'other':
      return {
        account,
        tell: () => [{ type: 'panel.unclassified', data: { code: contents.text.slice(0, 40) } }],
      };
  }
}

/**
 * What a report means for the devices of the site.
 * @throws not.found when the site has no device for it any more
 */
export function decodeDc09Report(house: House, report: Dc09Report, receivedAt: number): DeviceMessage[] {
  const sender = accountKey(report.account);
  const panel = house.panel(sender);
  const told = reportOf(report);
  const { identity, occurredAt } = report;
  const time: ReportTime = { receivedAt, at: occurredAt, identity };
  const receiver = house.panelReceiver();
  if (panel) {
    // The id inside is another one's when the panel speaks for several; else it is a second name of its own.
    const behind = house.account(panel.id, accountKey(told.account));
    return [
      behind ? { ...panelMessage(behind, told, time), through: panel.id } : panelMessage(panel, told, time),
    ];
  }
  if (!receiver) throw fault('not.found', `no device has the account ${report.account}`);
  if (report.contents.kind === 'alive') return [messageOf(receiver.id, receivedAt, [], [], null)];
  return [accountMessage(receiver, house.account, told, time)];
}
