import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { linkSchema } from '../contract/site.ts';
import { serialPorts } from './serial-ports.ts';

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('ports that are there are listed by the name that lasts, with the link that has them; names without a port behind them are not', async () => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-ports-'));
  const [dev, sys] = [join(root, 'dev'), join(root, 'sys')];
  mkdirSync(join(dev, 'serial/by-id'), { recursive: true });
  for (const name of ['ttyUSB0', 'ttyUSB10', 'ttyUSB2', 'ttyS0', 'ttyS1', 'tty1', 'ttyprintk', 'null'])
    writeFileSync(join(dev, name), '');
  for (const [name, type] of [
    ['ttyS0', '4'],
    ['ttyS1', '0'],
  ] as const) {
    mkdirSync(join(sys, 'class/tty', name), { recursive: true });
    writeFileSync(join(sys, 'class/tty', name, 'type'), `${type}\n`);
  }
  symlinkSync('../../ttyUSB0', join(dev, 'serial/by-id/usb-FTDI_A1'));
  symlinkSync('../../ttyUSB7', join(dev, 'serial/by-id/usb-gone'));
  const links = [
    { id: 'meters', kind: 'bus', path: join(dev, 'serial/by-id/usb-FTDI_A1'), protocol: 'modbus-rtu' },
    { id: 'far', kind: 'bus', path: 'tcp://10.0.0.7:4196', protocol: 'modbus-rtu' },
    { id: 'away', kind: 'bus', path: join(dev, 'ttyUSB9'), protocol: 'modbus-rtu' },
  ].map((link) => linkSchema.parse(link));
  expect(await serialPorts(links, { dev, sys })).toEqual([
    { path: join(dev, 'ttyS0'), device: join(dev, 'ttyS0'), link: null },
    { path: join(dev, 'serial/by-id/usb-FTDI_A1'), device: join(dev, 'ttyUSB0'), link: 'meters' },
    { path: join(dev, 'ttyUSB2'), device: join(dev, 'ttyUSB2'), link: null },
    { path: join(dev, 'ttyUSB10'), device: join(dev, 'ttyUSB10'), link: null },
  ]);
  expect(await serialPorts([], { dev: join(root, 'no'), sys })).toEqual([]);
});
