import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeReport } from '../../../gateway/contract/exchange.ts';
import { useEntities } from '../../app/live.ts';
import tables from '../../components/data-table.module.css';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './exchange.module.css';
import { sendEdit } from './exchange-calls.ts';
import { useChoices } from './exchange-choices.ts';
import { useNameOf } from './exchange-names.ts';
import { ApplyButton, Done, ReportView } from './exchange-report.tsx';
import { type EditSet, SetFields } from './exchange-set.tsx';
import integrate from './integrate.module.css';

/** Rows shown at once; the selection reaches beyond them. */
const mostShown = 200;

interface Filter {
  type: string | null;
  area: string | null;
  link: string | null;
  text: string;
}

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
  const [set, setSet] = useState<EditSet>({});
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
  const nameOf = useNameOf();
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
                <th>{t('name')}</th>
                <th>{t('key')}</th>
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
                  <td>{name}</td>
                  <td className={tables.nowrap}>{id}</td>
                  <td>{type === undefined ? '' : nameOf('type', type)}</td>
                  <td>{area === undefined ? '' : nameOf('area', area)}</td>
                  <td>{link === undefined ? '' : nameOf('link', link)}</td>
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
