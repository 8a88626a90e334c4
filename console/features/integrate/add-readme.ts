/** What an integrator wants of the README of a device type. */
export interface TypeNotes {
  /** Paragraphs before and after the example, without it. */
  notes: string[];
  limits: string | null;
}

/** Links lose their targets: they lead into files that the console has not. */
const plain = (text: string) =>
  text
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();

const limitsHead = /^\*\*Known limits\.\*\*\s*/;

/** Takes the Markdown of a README apart: its heading and its example of site.yaml are left out, the form does what they show. */
export function typeNotes(markdown: string): TypeNotes {
  const blocks = markdown
    .replace(/```[\s\S]*?```/g, '')
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter((block) => block !== '' && !block.startsWith('#'));
  const limits = blocks.find((block) => limitsHead.test(block));
  return {
    notes: blocks.filter((block) => block !== limits).map(plain),
    limits: limits === undefined ? null : plain(limits.replace(limitsHead, '')),
  };
}

/** A paragraph as runs of text and of code. */
export function runsOf(paragraph: string): { code: boolean; text: string }[] {
  return paragraph
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .split('`')
    .map((text, index) => ({ code: index % 2 === 1, text }))
    .filter(({ text }) => text !== '');
}
