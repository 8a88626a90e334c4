import { fault } from '../lib/errors.ts';

/** POSIX.1-1988 ustar, so that any tar can open a backup: a header of one block, the bytes, zeros to the end of the block. */
export const blockBytes = 512;

export interface TarEntry {
  name: string;
  bytes: number;
  changedAtMs: number;
}

export function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

/** @throws backup.invalid for a name that does not fit */
export function tarHeader(entry: TarEntry): Buffer {
  const header = Buffer.alloc(blockBytes);
  const { name, prefix } = splitName(entry.name);
  header.write(name, 0);
  header.write('0000600\0', 100, 'latin1');
  header.write('0000000\0', 108, 'latin1');
  header.write('0000000\0', 116, 'latin1');
  writeNumber(header, 124, 12, entry.bytes);
  writeNumber(header, 136, 12, Math.floor(entry.changedAtMs / 1_000));
  header.write('0', 156, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(prefix, 345);
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** The entry that a block describes; undefined when the block is no header of a plain file. */
export function readTarHeader(block: Buffer): TarEntry | undefined {
  if (block.length !== blockBytes) return undefined;
  if (Number.parseInt(block.toString('latin1', 148, 156), 8) !== checksum(block)) return undefined;
  const type = block.toString('latin1', 156, 157);
  if (type !== '0' && type !== '\0') return undefined;
  const name = text(block, 0, 100);
  const prefix = text(block, 345, 155);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    bytes: readNumber(block, 124, 12),
    changedAtMs: readNumber(block, 136, 12) * 1_000,
  };
}

/** The sum of all bytes, with the field of the sum itself taken as spaces. */
function checksum(header: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < blockBytes; index++) if (index < 148 || index >= 156) sum += header[index] ?? 0;
  return sum;
}

function splitName(path: string): { name: string; prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const prefix = path.slice(0, slash);
    const name = path.slice(slash + 1);
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100 && name !== '')
      return { name, prefix };
  }
  throw fault('backup.invalid', `the path ${path} is too long for a backup; give the file a shorter name`);
}

/** Octal; beyond 8 GiB base 256, as GNU tar writes and all read. */
function writeNumber(header: Buffer, offset: number, length: number, value: number): void {
  const octal = value.toString(8);
  if (octal.length < length) header.write(`${octal.padStart(length - 1, '0')}\0`, offset, 'latin1');
  else {
    header.writeBigUInt64BE(BigInt(value), offset + length - 8);
    header[offset] = 0x80;
  }
}

function readNumber(block: Buffer, offset: number, length: number): number {
  if (((block[offset] ?? 0) & 0x80) !== 0) return Number(block.readBigUInt64BE(offset + length - 8));
  return Number.parseInt(block.toString('latin1', offset, offset + length).replace(/[\0 ]+$/, '') || '0', 8);
}

function text(block: Buffer, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}
