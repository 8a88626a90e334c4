import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { passwordLength } from '../contract/account.ts';
import { fault } from '../lib/errors.ts';
import { guessedWhole, guessedWords } from './guessed-passwords.ts';

/** Argon2id (the library's default) at OWASP's first choice; about 20 ms and 19 MiB a time. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Fewer letters than this beside guessed words are no secret. */
const ownLetters = 4;

const lookalikes: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

function isRun(text: string): boolean {
  // 123456789012 steps by one with 9 → 0; abcdefghijkl, 987654321098 and aaaaaaaaaaaa likewise. Three breaks are forgiven.
  const codes = [...text].map((char) => char.codePointAt(0) ?? 0);
  return [-1, 0, 1].some((step) => {
    const breaks = codes.filter((code, index) => {
      const before = codes[index - 1];
      if (before === undefined) return false;
      return code - before !== step && !(step !== 0 && code - before === -9 * step);
    });
    return breaks.length <= Math.min(3, Math.floor(codes.length / 5));
  });
}

/** Letters left when guessed words and the person's own names are taken out; undefined when none of them is in it. */
function lettersBeside(text: string, words: readonly string[]): number | undefined {
  let rest = text;
  for (const word of words) rest = rest.replaceAll(word, ' ');
  return rest === text ? undefined : [...rest].filter((char) => /\p{L}/u.test(char)).length;
}

/** Why a password may not be used, in words for the person who chose it; undefined when it may. */
export function objectionTo(password: string, person: { id: string; name: string }): string | undefined {
  const length = [...password].length;
  if (length < passwordLength.shortest)
    return `must have at least ${passwordLength.shortest} characters, it has ${length}: a few words in a row will do`;
  if (length > passwordLength.longest)
    return `must have at most ${passwordLength.longest} characters, it has ${length}`;
  const plain = password.normalize('NFKC').toLowerCase();
  if (guessedWhole.has(plain)) return 'is one of the passwords that are guessed first: choose another';
  if (isRun(plain) || /^(.{1,4}?)\1{2,}.{0,3}$/su.test(plain) || /^(.{5,11})\1+$/su.test(plain))
    return 'repeats itself or runs in sequence: choose another';
  const own = [person.id, person.name].map((one) => one.toLowerCase()).filter((one) => [...one].length >= 2);
  const words = [...own, ...guessedWords].sort((a, b) => b.length - a.length);
  const plainer = [...plain].map((char) => lookalikes[char] ?? char).join('');
  for (const text of [plain, plainer]) {
    const letters = lettersBeside(text, words);
    if (letters !== undefined && letters < ownLetters)
      return 'is little more than common words or your own name: add something that others would not guess';
  }
  return undefined;
}

/** Argon2 keeps a core busy: so many at once, the others wait their turn, and the event loop's thread pool stays free. */
const atOnce = Math.max(1, Math.min(2, availableParallelism() - 1));
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** A PHC string, NFKC first, so that the same password typed on another keyboard is the same. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password.normalize('NFKC'), cost));
}

/**
 * The hash of a password that somebody chose, once it is good enough.
 * @throws request.invalid saying what to mend
 */
export function checkedHash(password: string, person: { id: string; name: string }): Promise<string> {
  const objection = objectionTo(password, person);
  if (objection !== undefined)
    throw fault('request.invalid', `the password ${objection}`, {
      errors: [{ path: 'body.password', message: objection }],
    });
  return hashPassword(password);
}

let nobody: Promise<string> | undefined;

/** What is compared with when there is no such user; made once, at start, so that not even the first such try takes longer. */
export function nobodyPassword(): Promise<string> {
  nobody ??= hashPassword(crypto.randomUUID());
  return nobody;
}

/** @param kept the user's PHC string; undefined takes as long and is false */
export async function verifyPassword(kept: string | undefined, password: string): Promise<boolean> {
  const against = kept ?? (await nobodyPassword());
  const same = await inTurn(() => verify(against, password.normalize('NFKC')));
  return same && kept !== undefined;
}
