import { Button, Checkbox, MultiSelect, Select, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DeviceEdit, ExchangeReport } from '../../../gateway/contract/exchange.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLanguage } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './exchange.module.css';
import { sendEdit, settingValue } from './exchange-calls.ts';
import { ApplyButton, Done, ReportView } from './exchange-report.tsx';
import integrate from './integrate.module.css';

/** Rows shown at once; the selection reaches beyond them. */
const mostShown = 200;
/** In a choice: the field is taken away. */
const nothing = '-';

interface Filter {
  type: string | null;
  area: string | null;
  link: string | null;
  text: string;
}

type Set = DeviceEdit['set'];

/** The devices that a filter lets through, by their keys. */
function useFiltered({ type, area, link, text }: Filter) {
  const devices = useEntities('devices');
  return useMemo(() => {
    const word = text.trim().toLowerCase();
    return devices
      .filter(
        (device) =>
          (type === null || device.type === type) &&
          (area === null || device.area === area) &&
          (link === null || device.link === link) &&
          (word === '' || device.id.includes(word) || (device.name ?? '').toLowerCase().includes(word)),
      )
      .sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  }, [devices, type, area, link, text]);
}

/** The same change to many devices: selected, tried, looked at, written. */
export function EditPanel() {
  const { t } = useTranslation('integrateExchange');
  const [filter, setFilter] = useState<Filter>({ type: null, area: null, link: null, text: '' });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [set, setSet] = useState<Set>({});
  const [report, setReport] = useState<ExchangeReport | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const filtered = useFiltered(filter);

  async function send(plan: string | null): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const edit = { devices: [...selected], set };
      setReport(await sendEdit(edit, plan === null ? { dryRun: true } : { plan }));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  // What was looked at is no longer what would be written.
  const changed =
    <Value,>(change: (value: Value) => void) =>
    (value: Value) => {
      change(value);
      setReport(null);
      setError(null);
    };
  const isEmpty = Object.keys(set).length === 0;
  return (
    <Panel title={t('editTitle')}>
      <div className={integrate.stack} data-testid="exchange-edit">
        <p className={integrate.dim}>{t('editExplain')}</p>
        <Filters filter={filter} onChange={setFilter} />
        <DeviceRows devices={filtered} selected={selected} onSelect={changed(setSelected)} />
        <SetFields devices={selected} set={set} onChange={changed(setSet)} />
        <ProblemNote error={error} />
        {report === null ? null : report.applied ? <Done report={report} /> : <ReportView report={report} />}
        <div className={integrate.row}>
          <Button
            variant="default"
            disabled={selected.size === 0 || isEmpty}
            loading={busy && report === null}
            onClick={() => void send(null)}
          >
            {t('preview')}
          </Button>
          {report === null || report.applied ? null : (
            <ApplyButton report={report} busy={busy} onApply={() => void send(report.plan)} />
          )}
        </div>
      </div>
    </Panel>
  );
}

/** What there is to choose from, as `name · key`. */
function useChoices() {
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

function Filters({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  const { t } = useTranslation('integrateExchange');
  const choices = useChoices();
  const field = (name: 'type' | 'area' | 'link', label: string, data: { value: string; label: string }[]) => (
    <Select
      size="xs"
      w={230}
      label={label}
      placeholder={t('any')}
      data={data}
      value={filter[name]}
      onChange={(value) => onChange({ ...filter, [name]: value })}
      clearable
      searchable
    />
  );
  return (
    <div className={integrate.row}>
      {field('type', t('filterType'), choices.types)}
      {field('area', t('filterArea'), choices.areas)}
      {field('link', t('filterLink'), choices.links)}
      <TextInput
        size="xs"
        w={180}
        label={t('filterText')}
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.currentTarget.value })}
      />
    </div>
  );
}

function DeviceRows(props: {
  devices: ReturnType<typeof useFiltered>;
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
}) {
  const { devices, selected, onSelect } = props;
  const { t } = useTranslation('integrateExchange');
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const shown = devices.slice(0, mostShown);
  return (
    <>
      <div className={integrate.row}>
        <Button
          variant="default"
          size="compact-sm"
          disabled={devices.length === 0}
          onClick={() => onSelect(new Set([...selected, ...devices.map(({ id }) => id)]))}
        >
          {t('selectAll', { count: devices.length })}
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          disabled={selected.size === 0}
          onClick={() => onSelect(new Set())}
        >
          {t('selectNone')}
        </Button>
        <span aria-live="polite">{t('selected', { count: selected.size })}</span>
      </div>
      {devices.length === 0 ? (
        <p className={integrate.dim}>{t('noDevices')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        <section className={classes.devices} aria-label={t('device')} tabIndex={0}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{t('select')}</th>
                <th>{t('key')}</th>
                <th>{t('name')}</th>
                <th>{t('filterType')}</th>
                <th>{t('filterArea')}</th>
                <th>{t('filterLink')}</th>
                <th>{t('address')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ id, name, type, area, link, address }) => (
                <tr key={id}>
                  <td>
                    <Checkbox
                      size="xs"
                      aria-label={`${t('select')} ${name ?? id}`}
                      checked={selected.has(id)}
                      onChange={() => toggle(id)}
                    />
                  </td>
                  <td className={tables.nowrap}>{id}</td>
                  <td>{name}</td>
                  <td>{type}</td>
                  <td>{area}</td>
                  <td>{link}</td>
                  <td className="gh-number">{address}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {devices.length > shown.length ? (
            <p className={tables.more}>{t('more', { count: devices.length - shown.length })}</p>
          ) : null}
        </section>
      )}
    </>
  );
}

/** The set without a field, or with another value of it; undefined leaves the field as it is. */
function withField<Name extends keyof Set>(set: Set, name: Name, value: Set[Name]): Set {
  const { [name]: _, ...rest } = set;
  return value === undefined ? (rest as Set) : { ...rest, [name]: value };
}

function SetFields(props: { devices: ReadonlySet<string>; set: Set; onChange: (set: Set) => void }) {
  const { devices, set, onChange } = props;
  const { t } = useTranslation('integrateExchange');
  const choices = useChoices();
  const removal = { value: nothing, label: t('clear') };
  return (
    <div className={integrate.row}>
      <Select
        size="xs"
        w={230}
        label={t('setArea')}
        placeholder={t('keep')}
        data={choices.areas}
        value={set.area ?? null}
        onChange={(value) => onChange(withField(set, 'area', value ?? undefined))}
        clearable
        searchable
      />
      <Select
        size="xs"
        w={230}
        label={t('setLink')}
        placeholder={t('keep')}
        data={[removal, ...choices.links]}
        value={set.link === null ? nothing : (set.link ?? null)}
        onChange={(value) =>
          onChange(withField(set, 'link', value === nothing ? null : (value ?? undefined)))
        }
        clearable
        searchable
      />
      <MultiSelect
        size="xs"
        w={260}
        label={t('setCameras')}
        placeholder={set.cameras === undefined ? t('keep') : undefined}
        data={[{ value: nothing, label: t('clearCameras') }, ...choices.cameras]}
        value={set.cameras === null ? [nothing] : (set.cameras ?? [])}
        onChange={(values) => {
          const last = values.at(-1);
          const cameras = last === nothing ? null : values.filter((value) => value !== nothing);
          onChange(withField(set, 'cameras', cameras?.length === 0 ? undefined : cameras));
        }}
        clearable
        searchable
      />
      <SettingField devices={devices} set={set} onChange={onChange} />
    </div>
  );
}

/** One setting that the selected devices have, and its value. */
function SettingField({ devices, set, onChange }: Parameters<typeof SetFields>[0]) {
  const { t } = useTranslation('integrateExchange');
  const language = useLanguage();
  const { types, kindOf } = useCatalogue();
  const all = useEntities('devices');
  const [text, setText] = useState('');
  const definitions = useMemo(() => {
    const chosen = new Set(all.filter(({ id }) => devices.has(id)).map(({ type }) => type ?? ''));
    return Object.assign(
      {},
      ...[...chosen].map((id) => ({ ...kindOf(id)?.settings, ...types.get(id)?.settings })),
    ) as Record<
      string,
      { label: { zh: string; en: string }; unit?: string; type: 'number' | 'text' | 'bool' }
    >;
  }, [all, devices, types, kindOf]);
  const [name] = Object.keys(set.settings ?? {});
  const definition = name === undefined ? undefined : definitions[name];
  const put = (setting: string | null | undefined, value: string) =>
    onChange(
      withField(
        set,
        'settings',
        setting === null || setting === undefined
          ? undefined
          : { [setting]: settingValue(value, definitions[setting]?.type) },
      ),
    );
  return (
    <>
      <Select
        size="xs"
        w={230}
        label={t('setSetting')}
        placeholder={t('keep')}
        data={Object.entries(definitions).map(([value, { label, unit }]) => ({
          value,
          label: `${label[language]}${unit === undefined ? '' : ` (${unit})`} · ${value}`,
        }))}
        value={name ?? null}
        onChange={(setting) => put(setting, text)}
        clearable
        searchable
      />
      <TextInput
        size="xs"
        w={170}
        label={t('setValue')}
        value={text}
        rightSection={definition?.unit}
        disabled={name === undefined}
        onChange={(event) => {
          setText(event.currentTarget.value);
          put(name, event.currentTarget.value);
        }}
      />
    </>
  );
}
