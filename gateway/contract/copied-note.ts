const notes = {
  zh: (from: string) =>
    `**复制：**以下内容原是为 \`${from}\` 写的。请核对并改成本类型的实际情况，然后删去这一段。`,
  en: (from: string) =>
    `**Copied:** what follows was written for \`${from}\`. Make it say what is so of this type, then take out this paragraph.`,
};
const head = /^\*\*(?:复制：|Copied:)\*\*.*?`([a-z0-9-]+)`/m;

/** The type whose README this still is; undefined when somebody has taken the note out. */
export function copiedFrom(readme: string): string | undefined {
  return head.exec(readme)?.[1];
}

/** A README that says below its heading from which type it was copied. One that says so already is still that of its original. */
export function withCopiedNote(readme: string, language: keyof typeof notes, from: string): string {
  if (copiedFrom(readme) !== undefined) return readme;
  const heading = /^#[^\n]*\n+/.exec(readme)?.[0] ?? '';
  return `${heading}${notes[language](from)}\n\n${readme.slice(heading.length)}`;
}
