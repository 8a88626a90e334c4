import { fireAddress, isFirePlace } from '../contract/fire-address.ts';
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

/** Fire transmission devices that report to the gateway's own fire receiver (setting `fireReceiver`): known by their address. */
export function checkFireTransmitter(device: Device, tell: Tell): void {
  if (device.link !== undefined)
    tell(
      ['link'],
      `a device of type "${device.type}" reports to the gateway's own fire receiver; remove "link"`,
    );
  if (device.parent !== undefined)
    tell(
      ['parent'],
      `a device of type "${device.type}" reports by itself; remove "parent", or use gbt26875-part or gbt26875-system for what stands behind another one`,
    );
  const { address } = device;
  const wanted = 'twelve hex digits in the order on the wire, in quotes, or the number that its maker prints';
  if (address === undefined) tell([], `"address" is missing: give the device's own address: ${wanted}`);
  else if (fireAddress(address) === null)
    tell(
      ['address'],
      `${JSON.stringify(address)} is no address of a fire transmission device: give ${wanted}`,
    );
}

/** Behind a fire transmission device a child is known by what reports call it. */
export function checkFirePlace(device: Device, tell: Tell): void {
  const { address } = device;
  const wanted =
    'system type, system address, zone and number of the part, as its events tell it: "1-3-10-2"; of a whole control unit the first two: "1-3"';
  if (address === undefined) tell([], `"address" is missing: give ${wanted}`);
  else if (!isFirePlace(String(address)))
    tell(
      ['address'],
      `${JSON.stringify(address)} names nothing behind a fire transmission device: give ${wanted}`,
    );
}
