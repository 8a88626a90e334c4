/** A part of a README as the console draws it. */
export type NoteBlock =
  | { kind: 'heading' | 'text'; text: string }
  | { kind: 'code'; language: string; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'table'; head: string[]; rows: string[][] };

/** What an integrator wants of the README of a device type. */
export interface TypeNotes {
  /** All but the heading, the examples of the site file and the limits: the form does what those examples show. */
  notes: NoteBlock[];
  limits: string | null;
}

const limitsHead = /^\*\*(?:Known limits\.|已知限制。)\*\*\s*/;
const fence = /^```(\w*)/;
const item = /^(?:[-*]|\d+\.)\s+/;
const ruler = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** The cells of a row; a bar in code or behind a backslash divides nothing. */
function cellsOf(row: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let code = false;
  const inner = row.trim().replace(/^\|/, '').replace(/\|$/, '');
  for (let i = 0; i < inner.length; i++) {
    const char = inner[i];
    if (char === '\\' && inner[i + 1] === '|') {
      cell += '|';
      i++;
    } else if (char === '|' && !code) {
      cells.push(cell.trim());
      cell = '';
    } else {
      if (char === '`') code = !code;
      cell += char;
    }
  }
  return [...cells, cell.trim()];
}

/** The Markdown that READMEs of device types are written in: headings, paragraphs, lists of one level, tables, fenced code. */
export function blocksOf(markdown: string): NoteBlock[] {
  const blocks: NoteBlock[] = [];
  const lines = markdown.split(/\r?\n/);
  let paragraph: string[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ kind: 'text', text: paragraph.join(' ') });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const last = blocks.at(-1);
    const fenced = fence.exec(line);
    if (fenced) {
      endParagraph();
      const from = i + 1;
      do i++;
      while (i < lines.length && !fence.test(lines[i] ?? ''));
      blocks.push({ kind: 'code', language: fenced[1] ?? '', text: lines.slice(from, i).join('\n') });
    } else if (line.trim() === '') endParagraph();
    else if (/^#{1,6}\s/.test(line)) {
      endParagraph();
      blocks.push({ kind: 'heading', text: line.replace(/^#+\s+/, '').trim() });
    } else if (line.startsWith('|') && ruler.test(lines[i + 1] ?? '')) {
      endParagraph();
      const head = cellsOf(line);
      const rows: string[][] = [];
      for (i++; lines[i + 1]?.startsWith('|'); i++) {
        const cells = cellsOf(lines[i + 1] ?? '');
        rows.push(head.map((_, column) => cells[column] ?? ''));
      }
      blocks.push({ kind: 'table', head, rows });
    } else if (item.test(line) && paragraph.length === 0) {
      const text = line.replace(item, '').trim();
      const goesOn = last?.kind === 'list' && (lines[i - 1] ?? '').trim() !== '';
      if (goesOn) last.items.push(text);
      else blocks.push({ kind: 'list', items: [text] });
    } else if (/^\s+\S/.test(line) && last?.kind === 'list' && paragraph.length === 0) {
      last.items.push(`${last.items.pop()} ${line.trim()}`);
    } else paragraph.push(line.trim());
  }
  endParagraph();
  return blocks;
}

/** Takes the Markdown of a README apart. */
export function typeNotes(markdown: string): TypeNotes {
  const blocks = blocksOf(markdown);
  const limits = blocks.find((block) => block.kind === 'text' && limitsHead.test(block.text));
  return {
    notes: blocks.filter(
      (block) =>
        block !== limits && block.kind !== 'heading' && !(block.kind === 'code' && block.language === 'yaml'),
    ),
    limits: limits?.kind === 'text' ? limits.text.replace(limitsHead, '') : null,
  };
}

/** A stretch of a paragraph that is drawn alike. */
export interface Run {
  kind: 'text' | 'code' | 'strong' | 'em';
  text: string;
}

const marks = /\[([^\]]*)\]\([^)]*\)|`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*/g;

/** A paragraph as runs. Links lose their targets: they lead into files that the console has not. */
export function runsOf(paragraph: string): Run[] {
  const runs: Run[] = [];
  let from = 0;
  for (const match of paragraph.matchAll(marks)) {
    const [whole, link, code, strong, em] = match;
    if (match.index > from) runs.push({ kind: 'text', text: paragraph.slice(from, match.index) });
    from = match.index + whole.length;
    if (code !== undefined) runs.push({ kind: 'code', text: code });
    else if (strong !== undefined) runs.push({ kind: 'strong', text: strong });
    else if (em !== undefined) runs.push({ kind: 'em', text: em });
    else runs.push(...runsOf(link ?? ''));
  }
  if (from < paragraph.length) runs.push({ kind: 'text', text: paragraph.slice(from) });
  return runs;
}
