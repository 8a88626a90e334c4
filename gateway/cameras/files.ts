import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from '../lib/ids.ts';

/** A picture on the disk. Its name is drawn here: nothing that a camera or a site says is ever part of a path. */
export interface StoredPicture {
  file: string;
  bytes: number;
  sha256: string;
}

const namePattern = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\.jpg(\.partial)?$/;

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ENOENT';
}

/** The folder of pictures, one file each, never changed once it is there. */
export function createPictureFiles(folder: string) {
  return {
    /** Writes a picture; it is on the disk when this resolves. @throws what the file system says */
    async save(jpeg: Buffer, wallMs: number): Promise<StoredPicture> {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = `${uuidv7(wallMs)}.jpg`;
      const partial = join(folder, `${file}.partial`);
      try {
        const handle = await open(partial, 'wx', 0o600);
        try {
          await handle.writeFile(jpeg);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(partial, join(folder, file));
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      const directory = await open(folder, 'r');
      try {
        await directory.sync();
      } finally {
        await directory.close();
      }
      return { file, bytes: jpeg.length, sha256: createHash('sha256').update(jpeg).digest('hex') };
    },

    /** Undefined when it is not there. */
    async read(file: string): Promise<Buffer | undefined> {
      try {
        return await readFile(join(folder, file));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    /** All pictures and what is left of unfinished ones, oldest first, with the time at which their names were drawn. */
    async list(): Promise<{ file: string; bytes: number; at: number }[]> {
      let names: string[];
      try {
        names = await readdir(folder);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
      const found = await Promise.all(
        names.sort().map(async (file) => {
          const [, high, low] = namePattern.exec(file) ?? [];
          if (high === undefined || low === undefined) return [];
          try {
            return [
              { file, bytes: (await stat(join(folder, file))).size, at: Number.parseInt(high + low, 16) },
            ];
          } catch (error) {
            if (isMissing(error)) return [];
            throw error;
          }
        }),
      );
      return found.flat();
    },

    remove: (file: string): Promise<void> => rm(join(folder, file), { force: true }),
  };
}
export type PictureFiles = ReturnType<typeof createPictureFiles>;
