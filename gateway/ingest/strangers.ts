import { misreadText } from '../contract/misread.ts';
import type { Stranger, StrangerGuess } from '../contract/stranger.ts';

/** Of one kind. Of further ones nothing is kept: who makes them up must not fill the memory, nor hide another kind. */
const mostOfAKind: Readonly<Record<Stranger['kind'], number>> = {
  topic: 1_000,
  name: 1_000,
  announcement: 1_000,
  unit: 200,
  account: 500,
  controller: 200,
  'sign-in': 200,
};
const sampleBytes = 256;
/** What strangers say of themselves comes from the wire. */
const longestText = 256;

interface Entry extends Omit<Stranger, 'sample' | 'words' | 'why'>, StrangerGuess {
  sample: Buffer;
  /** What to do about it was told since the site last changed. */
  told: boolean;
}

export interface Meeting {
  kind: Stranger['kind'];
  link: string | null;
  what: string;
  from: string | null;
  /** UTC ms. */
  at: number;
  bytes: Uint8Array;
}

/** Who speaks and is not of the site, in memory: each is told once, then counted. */
export function createStrangers() {
  const heard = new Map<string, Entry>();
  const counts = new Map<Stranger['kind'], number>();
  let left = 0;

  return {
    /**
     * @param guess what it may be; asked only when that is to be told, since finding it out costs something
     * @returns what to tell; null: it was told, or there are too many
     */
    meet({ kind, link, what, from, at, bytes }: Meeting, guess: () => StrangerGuess): StrangerGuess | null {
      const shown = what.slice(0, longestText);
      const id = `${kind} ${link ?? ''} ${shown}`;
      const known = heard.get(id);
      if (known) {
        known.count++;
        known.lastAt = at;
        if (known.told) return null;
        known.told = true;
        const anew = guess();
        Object.assign(known, anew);
        return anew;
      }
      const count = counts.get(kind) ?? 0;
      if (count >= mostOfAKind[kind]) {
        left++;
        return null;
      }
      counts.set(kind, count + 1);
      const first = guess();
      heard.set(id, {
        ...{ id, kind, link, what: shown, from, firstAt: at, lastAt: at, count: 1 },
        ...first,
        sample: Buffer.from(bytes.subarray(0, sampleBytes)),
        told: true,
      });
      return first;
    },

    /** The site has changed: who is known now is a stranger no more, the others are told anew. */
    siteChanged(isKnown: (stranger: Omit<Stranger, 'sample' | 'words'>) => boolean): void {
      for (const [id, entry] of heard) {
        entry.told = false;
        if (!isKnown(entry)) continue;
        heard.delete(id);
        counts.set(entry.kind, (counts.get(entry.kind) ?? 1) - 1);
      }
    },

    /** Whoever was heard last comes first. */
    list: (): Stranger[] =>
      [...heard.values()]
        .map(({ told: _told, sample, ...entry }) => ({
          ...{ ...entry, words: misreadText(entry.why) },
          sample: sample.toString('hex'),
        }))
        .sort((a, b) => b.lastAt - a.lastAt),
    /** Messages of strangers that are not listed, since there were too many. */
    left: (): number => left,
  };
}
export type Strangers = ReturnType<typeof createStrangers>;
