import { normaliseTag, tagProblem } from '../contract/tag.ts';
import type { Report, SiteDocs } from './docs.ts';

/** One place in the site where a tag is enrolled. */
interface Enrolment {
  class: 'checkpoints' | 'people';
  id: string;
  path: PropertyKey[];
  /** As it is written there. */
  text: string;
}

function enrolments({ checkpoints, people }: SiteDocs): Enrolment[] {
  return [
    ...[...checkpoints.values()].map(
      ({ id, tag }): Enrolment => ({ class: 'checkpoints', id, path: ['tag'], text: tag }),
    ),
    ...[...people.values()].flatMap(({ id, cards }) =>
      cards.map((text, i): Enrolment => ({ class: 'people', id, path: ['cards', i], text })),
    ),
  ];
}

/** `checkpoint "gate", where it is written 010063E9AE (both are 0063E9AE)` */
function placeOf(first: Enrolment, text: string, tag: string): string {
  const place = first.class === 'people' ? `"${first.id}"` : `checkpoint "${first.id}"`;
  return first.text === text ? place : `${place}, where it is written ${first.text} (both are ${tag})`;
}

/** Tags of checkpoints and cards of people: each is one that can be, and has one place, however it is spelled. */
export function checkTags(docs: SiteDocs, report: Report): void {
  const owners = new Map<string, Enrolment>();
  for (const enrolment of enrolments(docs)) {
    const { text, ...at } = enrolment;
    const isCard = at.class === 'people';
    const noun = isCard ? 'card' : 'tag';
    const problem = tagProblem(text);
    if (problem !== null) {
      report({ class: at.class, id: at.id, path: at.path, message: `the ${noun} ${text} ${problem}` });
      continue;
    }
    const tag = normaliseTag(text);
    const first = owners.get(tag);
    if (first === undefined) {
      owners.set(tag, enrolment);
      continue;
    }
    const known = placeOf(first, text, tag);
    const told = { class: at.class, id: at.id, path: at.path };
    if (first.class !== at.class)
      report({
        ...told,
        // Checkpoints come first, so this is a card; a site that has lived with it can still be changed.
        severity: 'warning',
        message: `the card ${text} is the tag of ${known}: its reads are that checkpoint's, and never tell who walks; correct one of them`,
      });
    else if (!isCard)
      report({
        ...told,
        message: `the tag ${text} is already that of ${known}; each checkpoint has its own, correct one of them`,
      });
    else
      report({
        ...told,
        message: `the card ${text} is already held by ${known}; a card has one holder, remove it from one of them`,
      });
  }
}
