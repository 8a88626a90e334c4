import { spellTag } from '../../contract/tag.ts';

/** The forty bits of a tag: version or customer (8) and number (32). */
export interface Em4100Tag {
  /** Ten hex digits. */
  hex: string;
}

/** The tag under the names of the vectors, with the numbers that are printed on fobs. */
export function em4100Fields(tag: Em4100Tag): Record<string, unknown> {
  const spelling = spellTag(tag.hex);
  return {
    tag_hex: tag.hex,
    version: tag.hex.slice(0, 2),
    card_10d: spelling?.printed,
    facility: spelling?.facility,
    card: spelling?.card,
  };
}
