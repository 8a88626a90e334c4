/**
 * The number that manuals print for address 0, by the function that reads it: they count from one, and put the table before it
 * (Modbus Application Protocol V1.1b3 §4.4 counts from one, the leading digit is the custom of the makers).
 */
const printedFirst: Readonly<Record<number, number>> = { 1: 1, 2: 10_001, 3: 40_001, 4: 30_001 };

/** What a manual prints for an address on the wire. */
export function printedNumber(fc: number, address: number): number {
  return (printedFirst[fc] ?? 0) + address;
}

/** An address of registers that is probably such a number itself: the first of its table, and what it is on the wire; else null. */
export function typedAsPrinted(fc: number, address: number): { first: number; wire: number } | null {
  if (fc !== 3 && fc !== 4) return null;
  const first = printedNumber(fc, 0);
  const wire = address - first;
  return wire >= 0 && wire < 9_999 ? { first, wire } : null;
}
