import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  createHash,
  type DecipherGCM,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { fault } from '../lib/errors.ts';
import { blockBytes, paddingOf, readTarHeader, tarHeader } from './tar.ts';

/**
 * A backup is one file: a plain tar, or with a passphrase the same tar under AES-256-GCM (NIST SP 800-38D) behind one line that names the
 * format and one of JSON with the parameters of scrypt (RFC 7914); both lines are authenticated with the content, the tag ends the file.
 */
const magic = 'GATEHOUSE-BACKUP 1 AES-256-GCM\n';
const headSchema = z.strictObject({
  n: z.number().int().min(1024).max(262_144),
  r: z.number().int().min(1).max(32),
  p: z.number().int().min(1).max(16),
  salt: z.string().max(128),
  iv: z.string().length(16),
});
const tagBytes = 16;
const chunkBytes = 1024 * 1024;
/** 128 MiB and about half a second: a guess must cost something. */
const scryptCost = { n: 131_072, r: 8, p: 1 };

function keyOf(passphrase: string, head: z.infer<typeof headSchema>): Buffer {
  const { n, r, p, salt } = head;
  return scryptSync(passphrase.normalize('NFC'), Buffer.from(salt, 'base64'), 32, {
    N: n,
    r,
    p,
    maxmem: 256 * n * r,
  });
}

export interface ArchivedFile {
  name: string;
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** Writes the files one after the other. Synchronous: it runs in a worker of its own. */
export class ArchiveWriter {
  private readonly fd: number;
  private readonly cipher: CipherGCM | undefined;

  /** Creates the file, for this user alone; it must not exist. */
  constructor(path: string, passphrase?: string) {
    this.fd = openSync(path, 'wx', 0o600);
    if (passphrase === undefined) return;
    const head = {
      ...scryptCost,
      salt: randomBytes(16).toString('base64'),
      iv: randomBytes(12).toString('base64'),
    };
    const lines = Buffer.from(`${magic}${JSON.stringify(head)}\n`);
    this.cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, head), Buffer.from(head.iv, 'base64'));
    this.cipher.setAAD(lines);
    writeAll(this.fd, lines);
  }

  /** Adds a file as it is now; one that grows meanwhile is kept to the size it had. */
  addFile(name: string, path: string, changedAtMs: number): ArchivedFile {
    const source = openSync(path, 'r');
    try {
      const bytes = fstatSync(source).size;
      this.put(tarHeader({ name, bytes, changedAtMs }));
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(chunkBytes);
      for (let left = bytes; left > 0; ) {
        const count = readSync(source, buffer, 0, Math.min(left, buffer.length), null);
        if (count === 0) throw fault('backup.invalid', `${path} became shorter while it was read; try again`);
        const chunk = buffer.subarray(0, count);
        hash.update(chunk);
        this.put(chunk);
        left -= count;
      }
      this.put(Buffer.alloc(paddingOf(bytes)));
      return { name, bytes, sha256: hash.digest('hex') };
    } finally {
      closeSync(source);
    }
  }

  addText(name: string, text: string, changedAtMs: number): void {
    const content = Buffer.from(text);
    this.put(tarHeader({ name, bytes: content.length, changedAtMs }));
    this.put(content);
    this.put(Buffer.alloc(paddingOf(content.length)));
  }

  /** Ends the archive; it is on the disk when this returns. */
  finish(): void {
    this.put(Buffer.alloc(2 * blockBytes));
    if (this.cipher) {
      writeAll(this.fd, this.cipher.final());
      writeAll(this.fd, this.cipher.getAuthTag());
    }
    fsyncSync(this.fd);
    closeSync(this.fd);
  }

  private put(bytes: Buffer): void {
    writeAll(this.fd, this.cipher ? this.cipher.update(bytes) : bytes);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

/** The plain bytes of an archive, decrypted where need be. What it gives is trusted only after `end`. */
class PlainSource {
  private readonly fd: number;
  private readonly decipher: DecipherGCM | undefined;
  private offset = 0;
  private readonly end: number;
  private rest = Buffer.alloc(0);

  constructor(path: string, passphrase?: string) {
    this.fd = openSync(path, 'r');
    this.end = fstatSync(this.fd).size;
    const start = this.readAt(0, Math.min(this.end, 4096));
    if (!start.subarray(0, magic.length).equals(Buffer.from(magic))) return;
    if (passphrase === undefined)
      throw fault(
        'backup.invalid',
        `${path} is encrypted; give its passphrase in GATEHOUSE_BACKUP_PASSPHRASE`,
      );
    const lineEnd = start.indexOf('\n', magic.length);
    const head = headSchema.safeParse(parseJson(start.subarray(magic.length, lineEnd).toString()));
    if (lineEnd < 0 || !head.success || this.end < lineEnd + 1 + tagBytes) throw damaged(path);
    this.decipher = createDecipheriv(
      'aes-256-gcm',
      keyOf(passphrase, head.data),
      Buffer.from(head.data.iv, 'base64'),
      { authTagLength: tagBytes },
    );
    this.decipher.setAAD(start.subarray(0, lineEnd + 1));
    this.decipher.setAuthTag(this.readAt(this.end - tagBytes, tagBytes));
    this.end -= tagBytes;
    this.offset = lineEnd + 1;
  }

  /** Up to `most` bytes; fewer only at the end. */
  take(most: number): Buffer {
    while (this.rest.length < most && this.offset < this.end) {
      const chunk = this.readAt(this.offset, Math.min(chunkBytes, this.end - this.offset));
      if (chunk.length === 0) break;
      this.offset += chunk.length;
      this.rest = Buffer.concat([this.rest, this.decipher ? this.decipher.update(chunk) : chunk]);
    }
    const taken = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(taken.length);
    return taken;
  }

  /** Checks the tag, once all has been taken. @throws when a byte was changed or the passphrase is wrong */
  finish(): void {
    this.decipher?.final();
  }

  close(): void {
    closeSync(this.fd);
  }

  private readAt(position: number, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(this.fd, buffer, 0, length, position));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(path: string, cause?: unknown): Error {
  return fault(
    'backup.invalid',
    `${path} is no whole backup of Gatehouse: it is damaged or cut short, or the passphrase is wrong; try another copy`,
    { cause },
  );
}

function isZero(bytes: Buffer, length: number): boolean {
  return bytes.length === length && bytes.every((byte) => byte === 0);
}

/** Whether a file is an encrypted backup. */
export function isEncrypted(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const start = Buffer.alloc(magic.length);
    return readSync(fd, start, 0, start.length, 0) === magic.length && start.toString() === magic;
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads an archive file by file. `open` gets each name and answers where its bytes go, or undefined to pass over it.
 * @returns what was read, with its hashes
 * @throws backup.invalid when it is damaged, cut short or the passphrase is wrong: nothing that was written is to be used then
 */
export function readArchive(
  path: string,
  passphrase: string | undefined,
  open: (name: string, bytes: number) => { write(chunk: Buffer): void; close(): void } | undefined,
): ArchivedFile[] {
  const source = new PlainSource(path, passphrase);
  const files: ArchivedFile[] = [];
  try {
    for (;;) {
      const block = source.take(blockBytes);
      if (isZero(block, blockBytes)) break;
      const header = readTarHeader(block);
      if (!header) throw damaged(path);
      const sink = open(header.name, header.bytes);
      const hash = createHash('sha256');
      try {
        for (let left = header.bytes; left > 0; ) {
          const chunk = source.take(Math.min(left, chunkBytes));
          if (chunk.length === 0) throw damaged(path);
          hash.update(chunk);
          sink?.write(chunk);
          left -= chunk.length;
        }
      } finally {
        sink?.close();
      }
      const padding = paddingOf(header.bytes);
      if (!isZero(source.take(padding), padding)) throw damaged(path);
      files.push({ name: header.name, bytes: header.bytes, sha256: hash.digest('hex') });
    }
    if (!isZero(source.take(blockBytes + 1), blockBytes)) throw damaged(path);
    try {
      source.finish();
    } catch (error) {
      throw damaged(path, error);
    }
    return files;
  } finally {
    source.close();
  }
}
