import { inflateRawSync } from 'node:zlib';

/** What a workbook may grow to when it is unpacked: ten thousand rows of four hundred columns take less. */
const mostUnpacked = 160 * 1024 * 1024;
const mostEntries = 2_000;
/** End of central directory record (PKWARE APPNOTE §4.3.16). */
const endSignature = 0x06054b50;
const endBytes = 22;
const centralSignature = 0x02014b50;
const centralBytes = 46;
const localBytes = 30;

export type Archive = { files: Map<string, Buffer> } | { fault: 'broken' | 'inflates'; why: string };

/**
 * The XML parts of a workbook, unpacked within bounds whatever the archive says of their sizes. What a reader does with the same
 * bytes afterwards cannot take more than this did. Pure; never throws on bytes.
 */
export function unpackXml(bytes: Buffer): Archive {
  const broken = (why: string): Archive => ({ fault: 'broken', why });
  const end = findEnd(bytes);
  if (end === undefined) return broken('its list of contents is missing');
  const count = bytes.readUInt16LE(end + 10);
  if (count > mostEntries) return { fault: 'inflates', why: `${count} parts` };
  let at = bytes.readUInt32LE(end + 16);
  let left = mostUnpacked;
  const files = new Map<string, Buffer>();
  for (let index = 0; index < count; index++) {
    if (at + centralBytes > bytes.length || bytes.readUInt32LE(at) !== centralSignature)
      return broken('its list of contents is damaged');
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const claimed = bytes.readUInt32LE(at + 24);
    const nameLength = bytes.readUInt16LE(at + 28);
    const local = bytes.readUInt32LE(at + 42);
    const name = bytes.toString('utf8', at + centralBytes, at + centralBytes + nameLength);
    at += centralBytes + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    if (!/\.(xml|rels)$/.test(name)) continue;
    if (local + localBytes > bytes.length) return broken(`the part ${name} is cut off`);
    const start = local + localBytes + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    if (start + packed > bytes.length) return broken(`the part ${name} is cut off`);
    if (claimed > left) return { fault: 'inflates', why: name };
    const content = unpack(bytes.subarray(start, start + packed), method, left);
    if (content === 'too large') return { fault: 'inflates', why: name };
    if (content === undefined || content.length !== claimed) return broken(`the part ${name} is damaged`);
    left -= content.length;
    files.set(name, content);
  }
  return { files };
}

function findEnd(bytes: Buffer): number | undefined {
  const first = Math.max(0, bytes.length - endBytes - 0xffff);
  for (let at = bytes.length - endBytes; at >= first; at--)
    if (bytes.readUInt32LE(at) === endSignature) return at;
  return undefined;
}

function unpack(packed: Buffer, method: number, most: number): Buffer | 'too large' | undefined {
  if (method === 0) return packed.length > most ? 'too large' : packed;
  if (method !== 8) return undefined;
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, most) });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : undefined;
  }
}
