import { normaliseTag, tagProblem } from '../../contract/tag.ts';
import type { ReadProblem, RefusedRead } from '../../contract/wand.ts';
import type { RawRead } from './correct.ts';
import { parseReadTime, type ReadTime } from './read-time.ts';

const longestTag = 64;
const longestGuard = 120;

/** One record as it stands in a batch, whatever it was written in. */
export interface WrittenRead {
  line: number;
  tag: unknown;
  at: unknown;
  index: unknown;
  guard: unknown;
}

/** The moment that a written time means, by a clock of the site; UTC ms. */
export type Zoned = (wallMs: number) => number;

const mends: Record<ReadProblem, string> = {
  'tag-missing': 'there is no tag: give the number of the tag that was read',
  'tag-bad': 'is no tag: give its number as it stands on the tag, or as the reader sends it',
  'tag-check': 'is an iButton with a wrong check byte',
  'time-missing': 'there is no time: give when the tag was read',
  'time-bad': 'is no time: write it as 2026-03-01 02:07:30',
  'index-bad': "is no number of a record: give the reader's own whole number, or leave the column out",
  'other-reader': 'is another reader: upload the records of each reader by themselves',
};
/** What a spreadsheet makes of a long number: the digits are gone. */
const rounded = 'has been rounded by a spreadsheet: give the column the format "text" and export it again';

/** @param words instead of the usual ones */
export function refusal(
  line: number,
  problem: ReadProblem,
  value: unknown,
  words: string = mends[problem],
): RefusedRead {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 80) : '';
  const isRounded = problem === 'tag-bad' && /^\d(?:[.,]\d+)?E\+?\d+$/i.test(text);
  const mend = isRounded ? rounded : words;
  return { line, problem, value: text, message: text === '' ? mend : `"${text}" ${mend}` };
}

export function momentOf(time: ReadTime, zoned: Zoned): number {
  return 'utc' in time ? time.utc : zoned(time.wall);
}

/** `="0006547886"` and `'0006547886` are how spreadsheets are kept from eating zeros. */
function bare(text: string): string {
  return text
    .trim()
    .replace(/^="(.*)"$/, '$1')
    .replace(/^'/, '');
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? bare(String(value)) : '';
}

/** A written record as a read, or what is wrong with it. */
export function readRecord({ line, ...written }: WrittenRead, zoned: Zoned): RawRead | RefusedRead {
  const tag = wordOf(written.tag);
  if (tag === '') return refusal(line, 'tag-missing', '');
  const canonical = normaliseTag(tag);
  if (canonical === '' || tag.length > longestTag || /[^0-9A-Za-z\s,:.-]/.test(tag) || /E\+/i.test(tag))
    return refusal(line, 'tag-bad', tag);
  const wrong = tagProblem(tag);
  if (wrong !== null) return refusal(line, 'tag-check', tag, wrong);
  const { at } = written;
  if (at === undefined || at === null || at === '') return refusal(line, 'time-missing', '');
  const time = parseReadTime(typeof at === 'string' ? bare(at) : at);
  if (!time) return refusal(line, 'time-bad', at);
  const indexWord = wordOf(written.index);
  const index = indexWord === '' ? null : Number(indexWord);
  if (index !== null && !Number.isSafeInteger(index)) return refusal(line, 'index-bad', indexWord);
  const guard = wordOf(written.guard).slice(0, longestGuard);
  return { line, tag, guard: guard === '' ? null : guard, readerAt: momentOf(time, zoned), index };
}

export function isRefused(read: RawRead | RefusedRead): read is RefusedRead {
  return 'problem' in read;
}
