/** A namespace of words: flat keys, every one in both languages (the type refuses a missing or an extra one). */
export interface Words<Zh extends Readonly<Record<string, string>> = Readonly<Record<string, string>>> {
  zh: Zh;
  en: Readonly<Record<keyof Zh, string>>;
}

/** Chinese first: its keys and its `{{variables}}` are what `t()` is checked against. */
export function defineWords<const Zh extends Readonly<Record<string, string>>>(
  zh: Zh,
  en: Readonly<Record<keyof Zh, string>>,
): Words<Zh> {
  return { zh, en };
}
