import type { Category } from '../../gateway/contract/names.ts';

/** The systems of a site, those that concern people's lives first. */
export const categories: readonly Category[] = [
  'emergency',
  'fire',
  'home-alarm',
  'perimeter',
  'access',
  'intercom',
  'water',
  'power',
  'lighting',
  'lift',
  'video',
  'patrol',
  'meter',
  'system',
];
