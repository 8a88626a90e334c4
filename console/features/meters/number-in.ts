/** A register as people write it, `1234.5`, with a comma of any width for the point; null when it is no number of 0 or more. */
export function numberIn(text: string): number | null {
  const written = text.trim().replace(/[,，]/, '.');
  return /^\d+(\.\d+)?$/.test(written) ? Number(written) : null;
}
