import { cardOfFacilityNumber, facilityNumber } from '../wiegand/codec.ts';

/**
 * How a controller's readers number cards: `wiegand26` (facility × 100000 + card, as the maker's software shows them) or `number`
 * (the 32 bits of a Wiegand 34 reader as they are). One tag has different numbers in the two.
 */
export type CardForm = 'wiegand26' | 'number';

/** Numbers that a controller keeps for itself: no card, and a card that was deleted. */
const reserved: readonly number[] = [0, 0xffff_ffff];

/** The number by which a controller knows a card; null when it cannot hold that card. @param hex a tag as contract/tag.ts spells it */
export function controllerNumber(hex: string, form: CardForm): number | null {
  if (!/^[0-9A-F]{8}$/.test(hex)) return null;
  const value = Number.parseInt(hex, 16);
  if (form === 'wiegand26' && value > 0xff_ffff) return null;
  const number =
    form === 'number'
      ? value
      : facilityNumber({ bits: 26, facility: Math.floor(value / 0x10000), card: value % 0x10000 });
  return number === null || reserved.includes(number) ? null : number;
}

/** The card of such a number, eight hex digits; null when no card of this form has it. */
export function cardOfController(number: number, form: CardForm): string | null {
  if (reserved.includes(number)) return null;
  const card = form === 'number' ? null : cardOfFacilityNumber(number);
  if (form !== 'number' && card === null) return null;
  const value = card === null ? number : card.facility * 0x10000 + card.card;
  return value.toString(16).toUpperCase().padStart(8, '0');
}
