import { useCatalogue } from '../../app/catalogue.ts';
import { useLanguage } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';

/** What there is to choose from, as `name · key`. */
export function useChoices() {
  const areas = useEntities('areas');
  const links = useEntities('links');
  const devices = useEntities('devices');
  const { types, kindOf } = useCatalogue();
  const language = useLanguage();
  const choice = ({ id, name }: { id: string; name?: string | undefined }) => ({
    value: id,
    label: name === undefined || name === id ? id : `${name} · ${id}`,
  });
  const used = new Set(devices.map(({ type }) => type ?? ''));
  return {
    areas: areas.map(choice),
    links: links.map(choice),
    cameras: devices.filter(({ type }) => kindOf(type)?.id === 'camera').map(choice),
    types: [...types.values()]
      .filter(({ id }) => used.has(id))
      .map(({ id, label }) => choice({ id, name: label[language] })),
  };
}
