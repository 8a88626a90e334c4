/** Hex digits, two a byte, with the bytes in the other order, in capitals. */
export function reverseHex(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).reverse().join('');
}
