/** One of GET /dead-letters. */
export interface DeadLetter {
  id: string;
  /** UTC ms. */
  at: number;
  /** Where it came from: `mqtt tank-1 …`, `bus rs485-1`. */
  source: string;
  device: string | null;
  what: string;
  /** The gateway's own sentence. */
  reason: string;
  hex: string;
  text: string | null;
}

/** Whether a letter says all of the words somewhere an integrator would look for them. */
export function matches({ source, device, reason, text }: DeadLetter, filter: string): boolean {
  const said = [source, device ?? '', reason, text ?? ''].join('\n').toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

/** `7e 00 1f`, as manuals print bytes. */
export function spacedHex(hex: string): string {
  return (hex.match(/../g) ?? []).join(' ');
}
