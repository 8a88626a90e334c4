import { misreadWords } from './misread-words.ts';
import type { Label } from './names.ts';

export type MisreadCode = keyof typeof misreadWords;

/** One reason, by its code, with what fills in its words. */
export interface Misread {
  code: MisreadCode;
  params: Record<string, string>;
}
/** As it is kept: perhaps by a release that knows other codes. */
export interface KeptMisread {
  code: string;
  params: Record<string, string>;
}

export function misread(code: MisreadCode, params: Record<string, string | number> = {}): Misread {
  return {
    code,
    params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)])),
  };
}

/** A text with its parameters in their places; one that is missing is nothing. */
export function filled(template: string, params: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(params, name) ? (params[name] ?? '') : '',
  );
}

/** In both languages; undefined for a code that this release does not know. */
export function misreadLabel(why: Misread): Label;
export function misreadLabel(why: KeptMisread): Label | undefined;
export function misreadLabel({ code, params }: KeptMisread): Label | undefined {
  if (!Object.hasOwn(misreadWords, code)) return undefined;
  const { zh, en } = misreadWords[code as MisreadCode];
  return { zh: filled(zh, params), en: filled(en, params) };
}

/** In English, as it is kept and told over the API. */
export function misreadText({ code, params }: Misread): string {
  return filled(misreadWords[code].en, params);
}
