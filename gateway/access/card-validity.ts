import { fault } from '../lib/errors.ts';

/** The end of the last day that controllers keep, 2099-12-31, UTC ms. */
const latestBound = Date.UTC(2100, 0, 1);

/**
 * Whether a card may be valid from and until then, UTC ms; null: not bounded.
 * @throws request.invalid when it would never be, or a controller cannot keep it
 */
export function checkValidity(from: number | null, until: number | null, now: number): void {
  for (const [name, at] of Object.entries({ validFrom: from, validUntil: until }))
    if (at !== null && (at < 0 || at > latestBound))
      throw fault(
        'request.invalid',
        `"${name}" is no time that a controller can keep: give milliseconds since 1970, until 2099-12-31, or leave it out`,
      );
  if (until !== null && until <= (from ?? now))
    throw fault(
      'request.invalid',
      'the card would never be valid: "validUntil" must lie after "validFrom", and after now',
    );
}
