// What people paste: hex digits as a terminal, a log, an analyser or a program prints them, or text with its control characters
// written out.

const separators = /[\s,;:_|.-]|0x|\\x|[hH](?=[\s,;]|$)/g;
const asciiColumn = /\|.*\|\s*$/;
const python = /^b(['"])(.*)\1$/s;

function pairs(digits: string): number[] | null {
  if (digits.length % 2 !== 0 || !/^[0-9A-Fa-f]+$/.test(digits)) return null;
  return (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
}

/** A line of `hexdump -C` or `xxd` whose offset is the number of bytes before it: without offset and characters. */
function dumpLine(line: string, before: number): number[] | null {
  const parts = /^\s*([0-9A-Fa-f]{4,8})(:\s*| {2,})(.*)$/.exec(line);
  if (!parts || Number.parseInt(parts[1] ?? '', 16) !== before) return null;
  const rest = parts[3] ?? '';
  const columns = asciiColumn.test(rest) ? rest.replace(asciiColumn, '') : (rest.split(/ {2,}/)[0] ?? '');
  return pairs(columns.replace(/\s/g, ''));
}

/** What follows a time stamp or a word such as `RX:`: the pairs at the end of the line. */
function tailPairs(line: string): number[] | null {
  const tail = /(?:^|[\s:>=\])])((?:(?:0x)?[0-9A-Fa-f]{2}[\s,:-]+)+(?:0x)?[0-9A-Fa-f]{2})[\s,;]*$/.exec(
    line,
  )?.[1];
  return tail === undefined ? null : pairs(tail.replace(separators, ''));
}

/** Bytes of pasted hex digits; null when it is something else. */
export function pastedHex(input: string): Uint8Array | null {
  const lines = input
    .replace(/[[\]{}()<>]/g, ' ')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const bytes: number[] = [];
  for (const line of lines) {
    const found = dumpLine(line, bytes.length) ?? pairs(line.replace(separators, '')) ?? tailPairs(line);
    if (!found) return null;
    bytes.push(...found);
  }
  return bytes.length > 0 ? Uint8Array.from(bytes) : null;
}

const named: Readonly<Record<string, string>> = {
  NUL: '\0',
  STX: '\x02',
  ETX: '\x03',
  ACK: '\x06',
  LF: '\n',
  CR: '\r',
  DC4: '\x14',
  NAK: '\x15',
};
const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\' };

/** Text in which control characters stand as `\n`, `\x14` or `<CR>`. */
export function pastedText(input: string): string {
  const inside = python.exec(input.trim())?.[2] ?? input;
  return inside
    .replace(/\\(?:x([0-9A-Fa-f]{2})|([nrt0\\]))/g, (_, hex?: string, letter?: string) =>
      hex === undefined ? (escapes[letter ?? ''] ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
    )
    .replace(/[<[](NUL|STX|ETX|ACK|LF|CR|DC4|NAK)[>\]]/g, (_, name: string) => named[name] ?? '');
}

/** A byte each where all characters are ones, else UTF-8. */
export function textBytes(text: string): Uint8Array {
  const narrow = [...text].every((character) => character.charCodeAt(0) <= 0xff && character.length === 1);
  return narrow
    ? Uint8Array.from(text, (character) => character.charCodeAt(0))
    : new TextEncoder().encode(text);
}
