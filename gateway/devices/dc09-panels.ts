import { fault } from '../lib/errors.ts';
import type { Dc09Report } from '../protocols/sia-dc09/session.ts';
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
