import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { type AlarmSign, sameSign } from '../../app/alarm-signs.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntity, usePoint } from '../../app/live.ts';
import { useLoss } from '../../app/spoken.ts';
import { isBlind, type Standing, standingOf } from '../../app/zone-standing.ts';
import { isSurface, pathOf, type Sheet } from '../../components/plan/geometry.ts';
import { Pin, PlanItem } from '../../components/plan/plan-view.tsx';
import { useValueText } from '../../components/value.tsx';
import { DeviceGlyph } from './device-glyph.tsx';
import { onPointOf, pictureOf } from './picture.ts';
import { labelPlace, type PlacedDevice } from './plan-content.ts';
import classes from './site-plan.module.css';

interface Props {
  placed: PlacedDevice;
  sheet: Sheet;
  sign: AlarmSign | undefined;
  selected: boolean;
  onChoose: (device: string) => void;
}

/** What the mark says to those who hear it or rest on it with the mouse. */
function useMarkWords() {
  const { t } = useTranslation(['overview', 'terms']);
  const label = useLabel();
  return (name: string, states: readonly (string | undefined)[], sign: AlarmSign | undefined) =>
    [
      name,
      ...states.filter((word) => word !== undefined && word !== ''),
      ...(sign === undefined ? [] : [t('mark.alarms', { count: sign.count, title: label(sign.top.title) })]),
    ].join(', ');
}

/** One device on the plan; it draws itself again only when something that it shows has changed. */
export const DeviceMark = memo(
  (props: Props) => (props.placed.shape === undefined ? <SpotMark {...props} /> : <ZoneMark {...props} />),
  (a, b) =>
    a.placed === b.placed &&
    a.sheet === b.sheet &&
    a.selected === b.selected &&
    a.onChoose === b.onChoose &&
    sameSign(a.sign, b.sign),
);

function SpotMark({ placed, sign, selected, onChoose }: Props) {
  const { t } = useTranslation('terms');
  const label = useLabel();
  const text = useValueText();
  const words = useMarkWords();
  const { device, kind, at } = placed;
  const type = useCatalogue().types.get(device.type);
  const state = useEntity('device-states', device.id)?.state;
  const onPoint = onPointOf(kind) ?? '';
  const on = usePoint(device.id, onPoint);
  const level = usePoint(device.id, 'level');
  const picture = pictureOf(device, kind, type, (point) => {
    const now = point === 'level' ? level : on;
    return now?.quality === 'bad' ? undefined : now?.value;
  });
  const lost = state === 'offline' || state === 'stale';
  const definition = kind?.points[onPoint];
  const levelText = level === undefined ? undefined : text(level.value, kind?.points.level);
  // What can be read comes first and in the order in which it stands there (WCAG 2.5.3).
  const described = [
    levelText,
    lost && state !== undefined ? t(`device.${state}`) : undefined,
    definition === undefined || on === undefined
      ? undefined
      : `${label(definition.label)}: ${text(on.value, definition)}`,
  ];
  return (
    <PlanItem
      at={at}
      label={words(device.name, described, sign)}
      selected={selected}
      onSelect={() => onChoose(device.id)}
      data-testid={`mark-${device.id}`}
    >
      <Pin at={at}>
        <rect className={classes.ring} x="-15" y="-15" width="30" height="30" rx="4" />
        <DeviceGlyph icon={kind?.icon} picture={picture} lost={lost} />
        <text className={classes.name} y={levelText === undefined ? 22 : 35}>
          {device.name}
        </text>
        {levelText === undefined ? null : (
          <text className={classes.value} y="22">
            {lost && state !== undefined ? `(${levelText}) ${t(`device.${state}`)}` : levelText}
          </text>
        )}
      </Pin>
    </PlanItem>
  );
}

function ZoneMark({ placed, sheet, sign, selected, onChoose }: Props) {
  const { t } = useTranslation(['overview', 'terms']);
  const words = useMarkWords();
  const { device, kind, at, shape = [] } = placed;
  const zone = useEntity('zones', device.id);
  const state = useEntity('device-states', device.id);
  const loss = useLoss();
  const blind = isBlind(state);
  const standing = zone !== undefined ? standingOf(zone, state) : blind ? 'blind' : 'none';
  const surface = isSurface(shape);
  const path = pathOf(shape, surface);
  const { dx, dy, turned } = labelPlace(sheet, shape, at);
  const aside = sign?.top.shelved !== undefined;
  return (
    <PlanItem
      at={at}
      label={words(
        device.name,
        [
          blind ? t('terms:zone.blind') : undefined,
          zone === undefined ? undefined : t(zone.armed ? 'zone.armed' : 'zone.disarmed'),
          zone?.bypass ? t('zone.bypassed') : undefined,
          blind ? (loss(state, kind) ?? t(`terms:device.${state?.state ?? 'unknown'}`)) : undefined,
        ],
        sign,
      )}
      selected={selected}
      onSelect={() => onChoose(device.id)}
      data-testid={`mark-${device.id}`}
    >
      <path className={classes.reach} d={path} />
      {sign === undefined ? null : (
        <path
          className={`${classes.alarmLine} ${sign.calling ? 'gh-blink' : ''}`}
          d={path}
          data-priority={aside ? 'shelved' : sign.top.priority}
          data-surface={surface || undefined}
        />
      )}
      <path className={classes.zone} d={path} data-standing={standing} data-surface={surface || undefined} />
      {blind && !surface ? <path className={classes.broken} d={path} /> : null}
      <Pin at={at}>
        <rect className={classes.ring} x="-13" y="-13" width="26" height="26" rx="4" />
        <ZoneSign standing={standing} />
        <text
          className={classes.zoneName}
          transform={`translate(${dx} ${dy})${turned ? ' rotate(-90)' : ''}`}
          y="4"
        >
          {blind ? `${device.name} · ${t('terms:zone.blind')}` : device.name}
        </text>
      </Pin>
    </PlanItem>
  );
}

/** ■ armed, □ disarmed, ⊘ bypassed, ☒ blind: the marks of the zone list. */
export function ZoneSign({ standing }: { standing: Standing | 'none' }) {
  switch (standing) {
    case 'armed':
      return <rect className={classes.armed} x="-6" y="-6" width="12" height="12" />;
    case 'disarmed':
      return <rect className={classes.hollow} x="-6" y="-6" width="12" height="12" />;
    case 'bypassed':
      return (
        <g className={classes.hollow}>
          <circle r="7" />
          <path d="M-5 5 5-5" />
        </g>
      );
    case 'blind':
      return (
        <g className={classes.blind}>
          <rect x="-9" y="-9" width="18" height="18" />
          <path d="M-9-9 9 9M9-9-9 9" />
        </g>
      );
    case 'none':
      return <circle className={classes.hollow} r="4" />;
  }
}
