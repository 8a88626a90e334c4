import type { Device } from '../contract/site.ts';
import type { Tell } from './check-devices.ts';
import type { SiteType } from './docs.ts';

/** Panels that report to the gateway's own alarm receiver (setting `alarmReceiver`): known by the account they name, and on no link. */
export function checkPanel(device: Device, type: SiteType, tell: Tell): void {
  if (device.link !== undefined)
    tell(
      ['link'],
      `a device of type "${device.type}" reports to the gateway's own alarm receiver; remove "link"`,
    );
  if (device.parent !== undefined)
    tell(
      ['parent'],
      `a device of type "${device.type}" reports by itself; remove "parent", or use contact-id-account for an account behind another device`,
    );
  const { address } = device;
  if (type.kind === 'home-alarm-receiver') {
    if (address !== undefined)
      tell(['address'], 'the alarm receiver itself has no account; remove "address"');
  } else if (address === undefined)
    tell([], '"address" is missing: give the account that is typed into the panel, in quotes');
  else if (!/^[0-9A-Fa-f]{1,20}$/.test(String(address)))
    tell(
      ['address'],
      `${JSON.stringify(address)} is no account: it has 1 to 20 digits (0-9, A-F); write it as it is typed into the panel, in quotes`,
    );
}
