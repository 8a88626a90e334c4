import { fillTopic } from '../contract/mqtt-topic.ts';

// Payloads of commands as a type writes them: names in braces are filled in once a device, the id of the command when it goes out.

/** In a payload: the command's id, by which its answer is known. */
export const requestName = 'request';
const aNumber = /^\{([A-Za-z][A-Za-z0-9]*):(number|whole)\}$/;

/** The name in a text that is nothing but `{name:number}` or `{name:whole}`; null when it is another one. */
export function numberName(text: string): string | null {
  return aNumber.exec(text)?.[1] ?? null;
}

/** The arguments that a payload takes as whole numbers. */
export function wholeNames(payload: unknown): ReadonlySet<string> {
  return new Set(
    textsIn(payload).flatMap(({ text }) => {
      const [, name, way] = aNumber.exec(text) ?? [];
      return name !== undefined && way === 'whole' ? [name] : [];
    }),
  );
}

type Place = (string | number)[];

/** Every text in a payload, with the way to it. */
export function textsIn(payload: unknown, at: Place = []): { text: string; at: Place }[] {
  if (typeof payload === 'string') return [{ text: payload, at }];
  if (typeof payload !== 'object' || payload === null) return [];
  if (Array.isArray(payload)) return payload.flatMap((item, index) => textsIn(item, [...at, index]));
  return Object.entries(payload).flatMap(([name, item]) => textsIn(item, [...at, name]));
}

/** The same payload with every text replaced. */
function mapTexts(payload: unknown, replace: (text: string) => unknown): unknown {
  if (typeof payload === 'string') return replace(payload);
  if (typeof payload !== 'object' || payload === null) return payload;
  if (Array.isArray(payload)) return payload.map((item) => mapTexts(item, replace));
  return Object.fromEntries(Object.entries(payload).map(([name, item]) => [name, mapTexts(item, replace)]));
}

/** Whether an answer can say which command it means. */
export function namesRequest(payload: unknown): boolean {
  return textsIn(payload).some(
    ({ text }) => numberName(text) === requestName || text.includes(`{${requestName}}`),
  );
}

/**
 * The payload for one device, the command's id and its arguments (`open`) still open; what has no value, or is no number, is told
 * in `problems`.
 */
export function fillPayload(
  payload: unknown,
  filledBy: (name: string) => string | number | boolean | undefined,
  problems: string[],
  open: readonly string[] = [],
): unknown {
  const isOpen = (name: string) => name === requestName || open.includes(name);
  return mapTexts(payload, (text) => {
    const name = numberName(text);
    if (name !== null && isOpen(name)) return text;
    const filled = fillTopic(name === null ? text : `{${name}}`, (one) =>
      isOpen(one) ? `{${one}}` : filledBy(one),
    );
    if (filled === null) problems.push(`a name in the payload ${text} has no value`);
    if (filled === null || name === null) return filled;
    const number = Number(filled);
    if (filled.trim() === '' || !Number.isFinite(number))
      problems.push(`${JSON.stringify(filled)} stands for a number in a command and is none`);
    return number;
  });
}

/** The id of a command where a product takes whole numbers only: 31 bits that were drawn at random for it. */
export function requestNumber(command: string): number {
  return Number.parseInt(command.replaceAll('-', '').slice(-8), 16) & 0x7fffffff;
}

/** What is sent: the text, or JSON. `args`: what the command takes with it, as it goes out. */
export function payloadText(
  payload: unknown,
  command: string,
  args: Readonly<Record<string, unknown>> = {},
): string {
  const given = (name: string) =>
    name === requestName ? command : Object.hasOwn(args, name) ? args[name] : undefined;
  const filled = mapTexts(payload, (text) => {
    const name = numberName(text);
    if (name === requestName) return requestNumber(command);
    if (name !== null) return Number(given(name));
    return text.replace(/\{(\w+)\}/g, (braced, one: string) => String(given(one) ?? braced));
  });
  return typeof filled === 'string' ? filled : JSON.stringify(filled);
}

/** Whether an answer's id means this command. */
export function meansCommand(id: string, command: string): boolean {
  return id === command || id === String(requestNumber(command));
}
