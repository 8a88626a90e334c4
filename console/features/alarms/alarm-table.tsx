import { createColumnHelper, FlexRender, type Row, tableFeatures, useTable } from '@tanstack/react-table';
import {
  memo,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useTranslation } from 'react-i18next';
import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { calls } from '../../app/alarm-list.ts';
import {
  CellWords,
  DeviceCell,
  DueCell,
  DurationCell,
  OwnerCell,
  PriorityCell,
  StateCell,
  TimeCell,
  TitleCell,
  ValueCell,
} from './alarm-cells.tsx';
import classes from './alarm-table.module.css';
import { inView, keepInPlace, scrollToRow, windowOf } from './list-window.ts';

/** Height of a row in CSS px; alarm-table.module.css has the same. */
const rowPx = 32;

const features = tableFeatures({});
const helper = createColumnHelper<typeof features, Alarm>();

/** Left to right. Those with a `hide` class give way first when the list is narrow (alarm-table.module.css). */
const columns = helper.columns([
  helper.display({ id: 'priority', cell: ({ row }) => <PriorityCell alarm={row.original} /> }),
  helper.display({ id: 'state', cell: ({ row }) => <StateCell alarm={row.original} /> }),
  helper.display({ id: 'time', cell: ({ row }) => <TimeCell alarm={row.original} /> }),
  helper.display({ id: 'duration', cell: ({ row }) => <DurationCell alarm={row.original} /> }),
  helper.accessor('areaName', { id: 'place' }),
  helper.display({ id: 'device', cell: ({ row }) => <DeviceCell alarm={row.original} /> }),
  helper.display({ id: 'title', cell: ({ row }) => <TitleCell alarm={row.original} /> }),
  helper.display({ id: 'value', cell: ({ row }) => <ValueCell alarm={row.original} /> }),
  helper.display({ id: 'owner', cell: ({ row }) => <OwnerCell alarm={row.original} /> }),
  helper.display({ id: 'due', cell: ({ row }) => <DueCell alarm={row.original} /> }),
]);

type ColumnName =
  | 'priority'
  | 'state'
  | 'time'
  | 'duration'
  | 'place'
  | 'device'
  | 'title'
  | 'value'
  | 'owner'
  | 'due';

export interface AlarmTableHandle {
  /** Ids of the rows wholly in view, from the top. */
  visible(): string[];
  scrollToTop(): void;
  focus(): void;
}

interface Props {
  alarms: readonly Alarm[];
  selected: string | null;
  /** Changes when another list is asked for: that one is shown from its top. */
  listKey: string;
  /** The operator is at work here: what is new may not move the row he is on. */
  steady: boolean;
  onSelect(id: string): void;
  empty: ReactNode;
  foot: ReactNode;
  handle: (handle: AlarmTableHandle | null) => void;
}

interface RowProps {
  row: Row<typeof features, Alarm>;
  alarm: Alarm;
  /** Place in the whole list. */
  index: number;
  selected: boolean;
  onSelect(id: string): void;
}

/** Drawn anew only when its alarm, place or choice has changed: the table makes new row objects at every scrolling. */
const AlarmRow = memo(
  function AlarmRow({ row, alarm, index, selected, onSelect }: RowProps) {
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys, by aria-activedescendant.
      // biome-ignore lint/a11y/useFocusableInteractive: as above.
      // biome-ignore lint/a11y/useSemanticElements: a table element cannot be drawn in part.
      <div
        id={`alarm-${alarm.id}`}
        role="row"
        aria-rowindex={index + 1}
        aria-selected={selected}
        className={classes.row}
        data-calling={calls(alarm) || undefined}
        data-priority={alarm.priority}
        data-state={alarm.state}
        data-alarm={alarm.id}
        style={{ top: index * rowPx }}
        onClick={() => onSelect(alarm.id)}
      >
        {row.getAllCells().map((cell) => (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <div key={cell.id} role="gridcell" className={classes[cell.column.id]}>
            <FlexRender cell={cell} />
          </div>
        ))}
      </div>
    );
  },
  (before, after) =>
    before.alarm === after.alarm &&
    before.index === after.index &&
    before.selected === after.selected &&
    before.onSelect === after.onSelect,
);

/** The operator's list: thousands of rows, of which those in view are drawn; the one under his eyes never moves by itself. */
export function AlarmTable({ alarms, listKey, selected, steady, onSelect, empty, foot, handle }: Props) {
  const { t } = useTranslation('alarms');
  const scroller = useRef<HTMLDivElement>(null);
  /** `floor`: least height of the content, so that even a short list can be scrolled as far as keeping in place needs. */
  const [view, setView] = useState({ top: 0, height: 600, floor: 0 });
  const ids = useMemo(() => alarms.map((alarm) => alarm.id), [alarms]);
  const before = useRef({ ids, listKey });
  const due = useRef<number | null>(null);

  const measure = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    const { scrollTop: top, clientHeight: height } = element;
    const bottom = top + height;
    setView((old) =>
      old.top === top && old.height === height && old.floor <= bottom
        ? old
        : { top, height, floor: Math.min(old.floor, bottom) },
    );
  }, []);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [measure]);

  // In the drawing after the one that asked for it (so it stands before the asking): now the content is high enough.
  useLayoutEffect(() => {
    if (due.current === null || scroller.current === null) return;
    scroller.current.scrollTop = due.current;
    due.current = null;
  });

  // Before the frame is painted: rows that came or went above may not be seen to push.
  useLayoutEffect(() => {
    const element = scroller.current;
    const previous = before.current;
    before.current = { ids, listKey };
    if (element === null || previous.ids === ids) return;
    const height = element.clientHeight;
    const top =
      steady && previous.listKey === listKey
        ? keepInPlace({
            before: previous.ids,
            after: ids,
            selected,
            rowPx,
            scrollTop: element.scrollTop,
            viewportPx: height,
          })
        : 0;
    if (top === element.scrollTop) return;
    due.current = top;
    setView({ top, height, floor: top === 0 ? 0 : top + height });
  }, [ids, listKey, selected, steady]);

  const selectedAt = selected === null ? -1 : ids.indexOf(selected);
  const followed = useRef<string | null>(null);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || selectedAt === -1 || followed.current === selected) return;
    followed.current = selected;
    element.scrollTop = scrollToRow(selectedAt, rowPx, element.scrollTop, element.clientHeight);
    measure();
  }, [selected, selectedAt, measure]);

  useEffect(() => {
    handle({
      visible() {
        const element = scroller.current;
        if (element === null) return [];
        const range = inView(ids.length, rowPx, element.scrollTop, element.clientHeight);
        return ids.slice(range.first, range.end);
      },
      scrollToTop: () => scroller.current?.scrollTo({ top: 0 }),
      focus: () => scroller.current?.focus(),
    });
    return () => handle(null);
  }, [ids, handle]);

  const { first, end } = windowOf(alarms.length, rowPx, view.top, view.height);
  const data = useMemo(() => alarms.slice(first, end), [alarms, first, end]);
  const table = useTable({ features, columns, data, getRowId: (alarm) => alarm.id });
  const topRow = Math.ceil(view.top / rowPx);
  const above = useMemo(() => alarms.slice(0, topRow).filter(calls).length, [alarms, topRow]);

  return (
    <div className={classes.frame}>
      <div className={classes.head} aria-hidden="true">
        {columns.map((column) => (
          <div key={column.id} className={classes[column.id ?? '']}>
            {t(`col.${column.id as ColumnName}`)}
          </div>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot be drawn in part. */}
      <div
        ref={scroller}
        className={`${classes.scroller} gh-scroll`}
        role="grid"
        tabIndex={0}
        aria-label={t('table.label')}
        aria-rowcount={alarms.length}
        aria-activedescendant={selectedAt === -1 ? undefined : `alarm-${selected}`}
        onScroll={measure}
        data-testid="alarm-list"
      >
        <div className={classes.rows} style={{ height: Math.max(alarms.length * rowPx, view.floor) }}>
          <CellWords>
            {table.getRowModel().rows.map((row) => (
              <AlarmRow
                key={row.id}
                row={row}
                alarm={row.original}
                index={first + row.index}
                selected={row.id === selected}
                onSelect={onSelect}
              />
            ))}
          </CellWords>
        </div>
        {alarms.length === 0 ? (
          // biome-ignore lint/a11y/useSemanticElements: as above.
          // biome-ignore lint/a11y/useFocusableInteractive: as above.
          <div role="row">
            {/* biome-ignore lint/a11y/useSemanticElements: as above. */}
            {/* biome-ignore lint/a11y/useFocusableInteractive: as above. */}
            <div role="gridcell" className={classes.empty}>
              {empty}
            </div>
          </div>
        ) : null}
      </div>
      <footer className={classes.foot}>
        {foot}
        {above > 0 ? (
          <button
            type="button"
            className={classes.above}
            onClick={() => scroller.current?.scrollTo({ top: 0 })}
          >
            {t('foot.above', { count: above })} · {t('foot.toTop')}
          </button>
        ) : null}
      </footer>
    </div>
  );
}
