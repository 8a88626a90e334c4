import { useEntities } from '../../app/live.ts';

export const peopleListId = 'ticket-people';

/** Names that the field of an assignee suggests; any other may be written, too. */
export function PeopleNames() {
  const people = useEntities('people');
  return (
    <datalist id={peopleListId}>
      {people
        .filter(({ role }) => role !== 'resident')
        .map(({ id, name }) => (
          <option key={id} value={name} />
        ))}
    </datalist>
  );
}
