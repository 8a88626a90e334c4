import { fireAddress } from '../contract/fire-address.ts';
import { type Device, isMqttLink, type Link } from '../contract/site.ts';
import type { Tell } from './check-devices.ts';
import type { SiteDocs, SiteType } from './docs.ts';

/** Whether a device's address is one of its protocol. */
export function checkAddress(device: Device, speech: SiteType['link'], link: Link, tell: Tell): void {
  if (speech === 'modbus') checkUnit(device, link, tell);
  if (speech === 'dlt645') checkMeterNumber(device, link, tell);
  if (speech === 'cjt188') checkMeterAddress(device, link, tell);
  if (speech === 'uhppote') checkSerial(device, link, tell);
  if (speech === 'osdp') checkReaderAddress(device, link, tell);
}

/** A DL/T 645 meter is known by its number of twelve digits (DL/T 645-2007 §5.2.2); YAML drops leading zeros of what is not quoted. */
function checkMeterNumber(device: Device, link: Link, tell: Tell): void {
  if (device.address === undefined) {
    tell(
      [],
      `"address" is missing: give the twelve digits of the meter's number on link "${link.id}", in quotes`,
    );
    return;
  }
  const digits = String(device.address).trim();
  if (/^\d{12}$/.test(digits) && digits === String(device.address)) return;
  const meant = /^\d{1,11}$/.test(digits) ? `, for example "${digits.padStart(12, '0')}"` : '';
  tell(
    ['address'],
    `${JSON.stringify(device.address)} is no meter number: it has twelve digits, leading zeros included; write it in quotes${meant}`,
  );
}

/** A CJ/T 188 meter has the maker's code of four digits and its number of ten (CJ/T 188-2004 §7.2.4). */
function checkMeterAddress(device: Device, link: Link, tell: Tell): void {
  const wanted = "the maker's code of four digits and the meter's number of ten, in quotes";
  if (device.address === undefined) tell([], `"address" is missing: give ${wanted}, on link "${link.id}"`);
  else if (!/^[0-9A-Fa-f]{14}$/.test(String(device.address))) {
    const digits = String(device.address).trim();
    const meant = /^\d{1,13}$/.test(digits)
      ? `; with the maker's code 0000 it is "${digits.padStart(14, '0')}"`
      : '';
    tell(['address'], `${JSON.stringify(device.address)} is no meter address: give ${wanted}${meant}`);
  }
}

/** A UHPPOTE controller is known by its serial number, nine digits on its label. */
function checkSerial(device: Device, link: Link, tell: Tell): void {
  const serial = Number(device.address);
  const where = `the serial number on its label; gatehouse scan ${link.id} tells those that answer`;
  if (device.address === undefined) tell([], `"address" is missing: give ${where}`);
  else if (!Number.isInteger(serial) || serial < 1 || serial > 0xffff_ffff)
    tell(['address'], `${JSON.stringify(device.address)} is no serial number of a controller: give ${where}`);
}

/** OSDP v2.2 §5.3: 0 to 126; 127 is everybody. */
function checkReaderAddress(device: Device, link: Link, tell: Tell): void {
  const address = Number(device.address);
  const where = `the address that is set in the reader (0-126), on link "${link.id}"`;
  if (device.address === undefined || String(device.address).trim() === '')
    tell([], `"address" is missing: give ${where}`);
  else if (!Number.isInteger(address) || address < 0 || address > 126)
    tell(['address'], `${JSON.stringify(device.address)} is no address of a reader: give ${where}`);
}

/** A controller of this kind knows its doors by the numbers of their terminals. */
export function checkControllerDoor(device: Device, tell: Tell): void {
  if (['1', '2', '3', '4'].includes(String(device.address))) return;
  tell(
    device.address === undefined ? [] : ['address'],
    `the door needs "address": its number at the controller "${device.parent}", 1 to 4`,
  );
}

/** Modbus unit ids: 1-247 on a serial line, 0-255 over TCP (Modbus over Serial Line V1.02 §2.2, Messaging on TCP/IP V1.0b §4.4). */
function checkUnit(device: Device, link: Link, tell: Tell): void {
  const [least, most] = link.kind === 'modbus-tcp' ? [0, 255] : [1, 247];
  if (device.address === undefined) {
    tell([], `"address" is missing: give the unit id (${least}-${most}) of the device on link "${link.id}"`);
    return;
  }
  const unit = Number(device.address);
  if (!Number.isInteger(unit) || unit < least || unit > most || String(device.address).trim() === '')
    tell(
      ['address'],
      `the unit id ${JSON.stringify(device.address)} must be a whole number from ${least} to ${most} on link "${link.id}"`,
    );
}

/** No two devices of one link or parent have one address; `addresses` collects those seen. */
export function checkAddressOnce(
  docs: SiteDocs,
  device: Device,
  speech: SiteType['link'],
  addresses: Map<string, string>,
  tell: Tell,
): void {
  const link = docs.links.get(device.link ?? '');
  // On a broker one product may be two devices, a door contact and a thermometer: each reads its own part.
  if (link && isMqttLink(link)) {
    const mine = `${link.id} ${device.type} ${device.address ?? device.id}`;
    const twin = addresses.get(mine);
    if (twin === undefined) addresses.set(mine, device.id);
    else
      tell(
        ['address'],
        `"${twin}" of the same type has this address on link "${link.id}" already; correct one of them`,
      );
    return;
  }
  const receiver = (
    { 'sia-dc09': 'the alarm receiver', gbt26875: 'the fire receiver' } as Record<string, string>
  )[speech];
  const direct = receiver !== undefined;
  const way = direct
    ? receiver
    : device.link !== undefined
      ? `link "${device.link}"`
      : device.parent && `"${device.parent}"`;
  if (!way || (!direct && device.link === undefined && device.address === undefined)) return;
  const written = device.address === undefined ? '' : String(device.address).trim().toUpperCase();
  const address = (speech === 'gbt26875' && fireAddress(written)) || written;
  const key = `${way} ${address}`;
  const other = addresses.get(key);
  if (other === undefined) addresses.set(key, device.id);
  else if (address === '')
    tell([], `"${other}" is on ${way} without an address, too; give each its "address"`);
  else
    tell(
      ['address'],
      `the address ${address} on ${way} is already that of "${other}"; each device there has its own, correct one of them`,
    );
}
