import { Autocomplete, type ComboboxItem, type ComboboxParsedItem, type OptionsFilter } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { SerialPort } from '../../../gateway/contract/serial-port.ts';
import type { Link } from '../../../gateway/contract/site.ts';
import { api } from '../../app/api.ts';
import classes from './add.module.css';
import { linkText } from './add-where.ts';
import { linkSorts } from './new-link.ts';

/** What may be typed there, by what the type speaks. */
function exampleKey({ link }: DeviceType) {
  switch (link) {
    case 'modbus':
      return 'where.example.modbus';
    case 'native':
      return 'where.example.own';
    case 'mqtt':
      return 'where.example.mqtt';
    case 'uhppote':
      return 'where.example.uhppote';
    default:
      return 'where.example.line';
  }
}

/** Where a device is: a link of the site, a port of this machine, or an address that is typed. */
export function WhereField(props: {
  value: string;
  type: DeviceType;
  fitting: readonly Link[];
  error: string | undefined;
  onChange: (where: string) => void;
}) {
  const { value, type, fitting, error, onChange } = props;
  const { t } = useTranslation('integrateAdd');
  const wired = linkSorts(type.link).includes('serial');
  const { data: ports } = useQuery({
    queryKey: ['serial-ports'],
    queryFn: async () => (await api.get<{ items: SerialPort[] }>('/serial-ports')).items,
    enabled: wired,
    retry: false,
  });
  const free = wired ? (ports ?? []).filter(({ link }) => link === null) : [];
  const own = fitting.map((link) => ({ value: `link ${link.id}`, label: linkText(link) }));
  const groups = [
    { group: t('where.links'), items: own },
    {
      group: t('where.ports'),
      items: free.map(({ path, device }) => ({ value: `port ${device}`, label: path })),
    },
  ].filter(({ items }) => items.length > 0);
  const labels = new Set(groups.flatMap(({ items }) => items.map(({ label }) => label)));
  // What is chosen already hides nothing of what else could be.
  const filter: OptionsFilter = ({ options, search }) => {
    const typed = search.trim().toLowerCase();
    const fits = ({ label }: ComboboxItem) => labels.has(search) || label.toLowerCase().includes(typed);
    return options.flatMap((one): ComboboxParsedItem[] => {
      if (!('items' in one)) return fits(one) ? [one] : [];
      const items = one.items.filter(fits);
      return items.length > 0 ? [{ ...one, items }] : [];
    });
  };
  const shown = new Map(free.map(({ path, device }) => [`port ${device}`, { path, device }]));
  return (
    <Autocomplete
      size="xs"
      className={classes.wide}
      label={t('where')}
      placeholder={t(exampleKey(type))}
      data={groups}
      filter={filter}
      renderOption={({ option: { value: chosen, ...option } }) => {
        const port = shown.get(chosen);
        if (!port) return 'label' in option ? String(option.label) : chosen;
        return port.path === port.device ? port.path : `${port.path} (${port.device})`;
      }}
      value={value}
      onChange={onChange}
      // Another address replaces what is proposed.
      onFocus={(event) => event.currentTarget.select()}
      error={error}
      spellCheck={false}
      data-testid="add-where"
    />
  );
}
