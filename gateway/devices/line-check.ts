import type { PointSource } from '../contract/device-type.ts';
import type { Kind } from '../contract/kind.ts';
import { own, type ReportAt, unfit, unknownName } from './definition-words.ts';

/** What makes a point unknown is a point with words, and these are among them. */
export function checkUnknowns(points: Kind['points'], report: ReportAt): void {
  for (const [name, { unknownWhile }] of Object.entries(points)) {
    if (!unknownWhile) continue;
    const path = ['points', name, 'unknownWhile'];
    const by = own(points, unknownWhile.point);
    if (!by) {
      report([...path, 'point'], unknownName('point', unknownWhile.point, Object.keys(points)));
      continue;
    }
    for (const [index, word] of unknownWhile.is.entries())
      if (by.type !== 'enum' || unfit(by, word))
        report([...path, 'is', index], unknownName('word', word, Object.keys(by.values ?? {})));
  }
}

/** The words of bands are those of the point; beside a map or an invert no number would be left for them. */
export function checkBands(
  points: Kind['points'],
  name: string,
  source: PointSource,
  report: ReportAt,
): void {
  const { bands, otherwise, map, invert } = source;
  const path = ['points', name];
  if (!bands) {
    if (otherwise !== undefined)
      report(
        [...path, 'otherwise'],
        'it is the word of a number in none of the bands: write bands beside it',
      );
    return;
  }
  const point = own(points, name);
  if (point?.type !== 'enum') {
    report([...path, 'bands'], `"${name}" has no words: bands are for a point of type enum`);
    return;
  }
  const words = Object.keys(point.values ?? {});
  for (const word of Object.keys(bands))
    if (!words.includes(word)) report([...path, 'bands'], unknownName('word', word, words), { key: word });
  if (otherwise !== undefined && !words.includes(otherwise))
    report([...path, 'otherwise'], unknownName('word', otherwise, words));
  if (map || invert) report([...path, 'bands'], 'bands take a number: leave map and invert out');
}
