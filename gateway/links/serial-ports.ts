import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { SerialPort } from '../contract/serial-port.ts';
import type { Link } from '../contract/site.ts';

/** Ports that are there only when something is: USB converters, and the ports of boards. */
const pluggedIn = /^tty(USB|ACM|AMA|XRUSB|CH34\d*|SC|mxc|O|THS|HS)\d+$/;
/** Ports of the 8250 kind: the system makes names for more than there are. */
const onBoard = /^ttyS\d+$/;
/** `include/uapi/linux/serial.h`, PORT_UNKNOWN: nothing is behind the name. */
const nothingThere = '0';

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/**
 * The serial ports of this machine, without opening any. Read from the file system, since the list of the serial library wants
 * `udevadm`, which images do not have.
 * @param roots where `/dev` and `/sys` are
 */
export async function serialPorts(
  links: Iterable<Link>,
  roots: { dev: string; sys: string } = { dev: '/dev', sys: '/sys' },
): Promise<SerialPort[]> {
  const devices: string[] = [];
  for (const name of await entries(roots.dev)) {
    if (pluggedIn.test(name)) devices.push(join(roots.dev, name));
    if (!onBoard.test(name)) continue;
    const type = await readFile(join(roots.sys, 'class/tty', name, 'type'), 'utf8').catch(() => nothingThere);
    if (type.trim() !== nothingThere) devices.push(join(roots.dev, name));
  }
  const byId = join(roots.dev, 'serial/by-id');
  const lasting = new Map<string, string>();
  for (const name of await entries(byId)) {
    const device = await realpath(join(byId, name)).catch(() => null);
    if (device !== null) lasting.set(device, join(byId, name));
  }
  const taken = new Map<string, string>();
  for (const link of links)
    if (link.kind === 'bus' && link.path.startsWith('/'))
      taken.set(await realpath(link.path).catch(() => link.path), link.id);
  const ports = devices.map((device) => ({
    path: lasting.get(device) ?? device,
    device,
    link: taken.get(device) ?? null,
  }));
  return ports.sort((a, b) => a.device.localeCompare(b.device, 'en', { numeric: true }));
}
