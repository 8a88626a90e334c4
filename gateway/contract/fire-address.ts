/**
 * The address of a fire transmission device (GB/T 26875.3) as people write it: twelve hex digits in the order on the wire
 * (`790300000000`), or the number that makers print (`889`), low byte first on the wire.
 * @returns twelve upper-case hex digits; null when it is neither
 */
export function fireAddress(text: string | number): string | null {
  const words = String(text).trim().toUpperCase();
  if (/^[0-9A-F]{12}$/.test(words)) return words;
  if (!/^\d{1,15}$/.test(words)) return null;
  let rest = Number(words);
  if (rest >= 2 ** 48) return null;
  let digits = '';
  for (let i = 0; i < 6; i++) {
    digits += (rest % 256).toString(16).padStart(2, '0').toUpperCase();
    rest = Math.floor(rest / 256);
  }
  return digits;
}

/**
 * What stands behind a transmission device: `1-3` is the system of type 1 with address 3, `1-3-10-2` its part 2 of zone 10. As
 * events tell it under `part`.
 */
export function isFirePlace(text: string): boolean {
  const numbers = text.split('-');
  const most = [255, 255, 65_535, 65_535];
  return (
    (numbers.length === 2 || numbers.length === 4) &&
    numbers.every((number, i) => /^(0|[1-9]\d{0,4})$/.test(number) && Number(number) <= (most[i] ?? 0))
  );
}
