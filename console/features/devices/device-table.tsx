import { Button } from '@mantine/core';
import { memo, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useLabel } from '../../app/language.ts';
import { mainPointOf } from '../../app/main-point.ts';
import { useLoss } from '../../app/spoken.ts';
import { Age } from '../../components/age.tsx';
import { AlarmMark } from '../../components/alarm-mark.tsx';
import tables from '../../components/data-table.module.css';
import { Value } from '../../components/value.tsx';
import type { DeviceRow, Sort, SortBy } from './device-list.ts';
import classes from './devices-screen.module.css';
import { useLastHeard } from './last-heard.ts';

/** Rows that are drawn at first, and with each "more". */
const step = 200;
const columns: readonly {
  by: SortBy | null;
  word: 'name' | 'kind' | 'area' | 'state' | 'value' | 'heard';
}[] = [
  { by: 'name', word: 'name' },
  { by: 'kind', word: 'kind' },
  { by: 'area', word: 'area' },
  { by: 'state', word: 'state' },
  { by: null, word: 'value' },
  { by: 'heard', word: 'heard' },
];

/** The devices in rows; what stands beside the name gives way when there is little room. */
export function DeviceTable(props: {
  rows: readonly DeviceRow[];
  selected: string | null;
  sort: Sort;
  onSort: (by: SortBy) => void;
  linkTo: (id: string) => string;
  onSelect: (id: string) => void;
}) {
  const { rows, selected, sort, onSort, linkTo, onSelect } = props;
  const { t } = useTranslation(['devices', 'app']);
  const [shown, setShown] = useState(step);
  const at = rows.findIndex(({ device }) => device.id === selected);
  const count = Math.max(shown, at + 1);
  return (
    <>
      <table className={`${tables.table} ${classes.table}`}>
        <thead>
          <tr>
            {columns.map(({ by, word }) => (
              <th
                key={word}
                className={`${classes[word] ?? ''} ${word === 'heard' ? tables.right : ''}`}
                aria-sort={by === sort.by ? (sort.descending ? 'descending' : 'ascending') : undefined}
              >
                {by === null ? (
                  t(`col.${word}`)
                ) : (
                  <button type="button" className={classes.sort} onClick={() => onSort(by)}>
                    {t(`col.${word}`)}
                    <span aria-hidden="true">{by === sort.by ? (sort.descending ? ' ▼' : ' ▲') : ''}</span>
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, count).map((row) => (
            <Row
              key={row.device.id}
              row={row}
              selected={row.device.id === selected}
              linkTo={linkTo}
              onSelect={onSelect}
            />
          ))}
        </tbody>
      </table>
      {rows.length > count ? (
        <p className={tables.more}>
          <Button variant="default" size="compact-sm" onClick={() => setShown(count + step)}>
            {t('app:action.more')} ({rows.length - count})
          </Button>
        </p>
      ) : null}
    </>
  );
}

const Row = memo(
  function Row(props: {
    row: DeviceRow;
    selected: boolean;
    linkTo: (id: string) => string;
    onSelect: (id: string) => void;
  }) {
    const { row, selected, linkTo, onSelect } = props;
    const { t } = useTranslation('terms');
    const label = useLabel();
    const line = useRef<HTMLTableRowElement>(null);
    const { device, kind, areaName, room, state, supervised, alarm } = row;
    const why = useLoss()(supervised, kind);
    const heardAt = useLastHeard(device.id, kind);
    const main = mainPointOf(kind);
    const lost = state === 'offline' || state === 'stale';
    useEffect(() => {
      if (selected) line.current?.scrollIntoView({ block: 'nearest' });
    }, [selected]);
    return (
      <tr
        ref={line}
        aria-current={selected || undefined}
        data-clickable
        data-testid={`device-${device.id}`}
        onClick={() => onSelect(device.id)}
      >
        <td className={tables.clip}>
          {alarm === undefined ? null : (
            <span className={classes.mark}>
              <AlarmMark alarm={alarm} size={15} />
            </span>
          )}
          <Link
            to={linkTo(device.id)}
            replace
            onClick={(event) => event.stopPropagation()}
            title={device.name}
          >
            {device.name}
          </Link>
          {why === undefined ? null : (
            <div className={`${classes.why} ${tables.clip}`} title={why} data-testid="why-lost">
              {why}
            </div>
          )}
        </td>
        <td className={`${tables.clip} ${classes.kind}`}>
          {kind === undefined ? device.type : label(kind.label)}
        </td>
        <td className={`${tables.clip} ${classes.area}`}>
          {areaName}
          {room === undefined ? '' : ` ${room}`}
        </td>
        <td className={lost ? 'gh-hatched' : undefined}>
          <span className={lost ? classes.plate : undefined}>{t(`device.${state}`)}</span>
        </td>
        <td className={`${tables.nowrap} ${classes.value}`}>
          {main === undefined || heardAt === undefined ? null : (
            <>
              <span className={tables.dim}>{label(main.definition.label)}</span>{' '}
              <Value device={device.id} point={main.point} />
            </>
          )}
        </td>
        <td className={`${tables.right} ${tables.nowrap} ${classes.heard}`}>
          {heardAt === undefined ? '—' : <Age at={heardAt} />}
        </td>
      </tr>
    );
  },
  (a, b) =>
    a.selected === b.selected && a.linkTo === b.linkTo && a.onSelect === b.onSelect && sameRow(a.row, b.row),
);

function sameRow(a: DeviceRow, b: DeviceRow): boolean {
  return (
    a.device === b.device &&
    a.kind === b.kind &&
    a.areaName === b.areaName &&
    a.room === b.room &&
    a.state === b.state &&
    a.supervised === b.supervised &&
    a.alarm === b.alarm
  );
}
