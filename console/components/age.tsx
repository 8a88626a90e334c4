import { useNow, useSiteTime } from '../app/time.ts';

/** How long ago something was heard: `0:04`. Draws itself once a second. */
export function Age({ at }: { at: number }) {
  const time = useSiteTime();
  return <span className="gh-number">{time.duration(useNow() - at)}</span>;
}
