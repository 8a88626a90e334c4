import { memo, type ReactNode, useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type AlarmSign, signsBy } from '../../app/alarm-signs.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities, useEntity, useEntityMap } from '../../app/live.ts';
import { useReturned } from '../../app/spoken.ts';
import { boxOf, middleOf, outlinedOn, type Sheet, type Spot } from '../../components/plan/geometry.ts';
import { AreaOutline, type Outline, SheetFrame, useOutlines } from '../../components/plan/plan-ground.tsx';
import { Pin, PlanItem, type PlanTarget, PlanView } from '../../components/plan/plan-view.tsx';
import { PriorityMark } from '../../components/priority.tsx';
import { DeviceMark } from './device-mark.tsx';
import { markedAt, placedOn, placeKey } from './plan-content.ts';
import classes from './site-plan.module.css';

/** What is chosen on the plan. */
export interface Chosen {
  device: string | null;
  area: string | null;
}

export interface SitePlanProps {
  sheet: Sheet;
  chosen: Chosen;
  onChoose: (chosen: Chosen) => void;
  target: PlanTarget | null;
  /** What is pointed at by a flashing ring: a device, or where it has no place of its own, its area. */
  flashing?: { device: string; area: string };
  tools?: ReactNode;
}

/** One plan of the site with everything on it as it is now. */
export default function SitePlan({ sheet, chosen, onChoose, target, flashing, tools }: SitePlanProps) {
  const areas = useEntityMap('areas');
  const devices = useEntities('devices');
  const alarms = useEntities('alarms');
  const { kindOf } = useCatalogue();
  const outlines = useOutlines(sheet.id);

  const placed = useMemo(
    () => placedOn(sheet.id, areas, devices, kindOf),
    [sheet.id, areas, devices, kindOf],
  );
  const placedIds = useMemo(() => new Set(placed.map(({ device }) => device.id)), [placed]);
  const checkpoints = useEntityMap('checkpoints');
  const signs = useMemo(
    () =>
      signsBy(alarms, (alarm) => {
        const place = markedAt(sheet.id, areas, placedIds, checkpoints, alarm);
        return place === undefined ? undefined : placeKey(place);
      }),
    [alarms, sheet.id, areas, placedIds, checkpoints],
  );
  const missed = [...checkpoints.keys()].filter((checkpoint) => signs.has(placeKey({ checkpoint })));

  const flashAt = useMemo(() => {
    if (flashing === undefined) return undefined;
    const own = placed.find(({ device }) => device.id === flashing.device)?.at;
    const outline = outlinedOn(areas, sheet.id, flashing.area)?.outline;
    return own ?? (outline === undefined ? undefined : middleOf(outline));
  }, [flashing, placed, areas, sheet.id]);
  const chooseDevice = useCallback((device: string) => onChoose({ device, area: null }), [onChoose]);
  const chooseArea = useCallback((area: string) => onChoose({ device: null, area }), [onChoose]);

  return (
    <PlanView
      width={sheet.plan.width}
      height={sheet.plan.height}
      label={sheet.name}
      target={target}
      tools={tools}
    >
      <SheetFrame sheet={sheet} />
      {outlines.map((outline) => (
        <AreaMark
          key={outline.area.id}
          outline={outline}
          sign={signs.get(placeKey({ area: outline.area.id }))}
          selected={chosen.area === outline.area.id}
          onChoose={chooseArea}
        />
      ))}
      {placed.map((each) => (
        <DeviceMark
          key={each.device.id}
          placed={each}
          sheet={sheet}
          sign={signs.get(placeKey({ device: each.device.id }))}
          selected={chosen.device === each.device.id}
          onChoose={chooseDevice}
        />
      ))}
      {missed.map((id) => (
        <CheckpointMark
          key={id}
          id={id}
          sign={signs.get(placeKey({ checkpoint: id }))}
          selected={chosen.device === id}
          onChoose={chooseDevice}
        />
      ))}
      {/* Above everything, so that no alarm hides behind a lamp. Pictures: the marks below carry words and keys. */}
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus. */}
      <g aria-hidden="true">
        {outlines.map(({ area, outline }) => {
          const sign = signs.get(placeKey({ area: area.id }));
          return sign === undefined ? null : (
            <SignMark
              key={area.id}
              sign={sign}
              at={middleOf(outline)}
              centred
              onClick={() => chooseArea(area.id)}
            />
          );
        })}
        {placed.map(({ device, at }) => {
          const sign = signs.get(placeKey({ device: device.id }));
          return sign === undefined ? null : (
            <SignMark key={device.id} sign={sign} at={at} onClick={() => chooseDevice(device.id)} />
          );
        })}
        {flashAt === undefined ? null : (
          <Pin at={flashAt}>
            <circle className={`${classes.flash} gh-blink`} r="30" />
          </Pin>
        )}
      </g>
    </PlanView>
  );
}

const markPx = 24;

function SignMark(props: { sign: AlarmSign; at: Spot; centred?: boolean; onClick: () => void }) {
  const returned = useReturned();
  const { sign, at, centred = false, onClick } = props;
  const { top, count, calling } = sign;
  return (
    <Pin at={at}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a larger target for the mouse; the mark below has the keys. */}
      <g
        className={classes.sign}
        transform={centred ? `translate(${-markPx / 2} ${-markPx / 2})` : `translate(5 ${-markPx - 3})`}
        onClick={onClick}
      >
        <PriorityMark
          priority={top.priority}
          size={markPx}
          blinking={calling}
          hollow={returned(top)}
          shelved={top.shelved !== undefined}
        />
        {count > 1 ? (
          <text className={classes.count} x={markPx + 2} y={markPx - 6}>
            ×{count}
          </text>
        ) : null}
      </g>
    </Pin>
  );
}

/** A checkpoint is drawn only while an alarm is about it. */
function CheckpointMark(props: {
  id: string;
  sign: AlarmSign | undefined;
  selected: boolean;
  onChoose: (checkpoint: string) => void;
}) {
  const { id, sign, selected, onChoose } = props;
  const { t } = useTranslation('overview');
  const label = useLabel();
  const returned = useReturned();
  const checkpoint = useEntity('checkpoints', id);
  const at = checkpoint?.position;
  if (checkpoint === undefined || at === undefined || sign === undefined) return null;
  const { count, top, calling } = sign;
  return (
    <PlanItem
      at={at}
      label={`${checkpoint.name}, ${t('mark.alarms', { count, title: label(top.title) })}`}
      selected={selected}
      onSelect={() => onChoose(id)}
      data-testid={`mark-${id}`}
    >
      <Pin at={at}>
        <rect className={classes.ring} x="-15" y="-15" width="30" height="30" rx="4" />
        <g transform={`translate(${-markPx / 2} ${-markPx / 2})`}>
          <PriorityMark
            priority={top.priority}
            size={markPx}
            blinking={calling}
            hollow={returned(top)}
            shelved={top.shelved !== undefined}
          />
        </g>
        <text className={classes.name} y="26">
          {checkpoint.name}
        </text>
      </Pin>
    </PlanItem>
  );
}

const AreaMark = memo(function AreaMark(props: {
  outline: Outline;
  sign: AlarmSign | undefined;
  selected: boolean;
  onChoose: (area: string) => void;
}) {
  const { outline, sign, selected, onChoose } = props;
  const { t } = useTranslation('overview');
  const label = useLabel();
  const { area } = outline;
  const { left, top } = boxOf(outline.outline);
  const words = [area.name];
  if (sign !== undefined) words.push(t('mark.alarms', { count: sign.count, title: label(sign.top.title) }));
  return (
    <PlanItem
      at={[left, top]}
      label={words.join(', ')}
      selected={selected}
      onSelect={() => onChoose(area.id)}
      data-testid={`area-${area.id}`}
    >
      <AreaOutline {...outline} />
    </PlanItem>
  );
});
