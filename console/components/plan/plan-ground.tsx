import { useMemo } from 'react';
import { useEntityMap } from '../../app/live.ts';
import { boxOf, isSurface, outlineSheetOf, pathOf, type Sheet } from './geometry.ts';
import classes from './plan.module.css';
import { Pin } from './plan-view.tsx';

/** The areas whose outlines stand on a plan, the larger ones first so that they lie below. */
export function useOutlines(sheet: string) {
  const areas = useEntityMap('areas');
  return useMemo(() => {
    const size = (outline: readonly (readonly [number, number])[]) => {
      const { left, top, right, bottom } = boxOf(outline);
      return (right - left) * (bottom - top);
    };
    return [...areas.values()]
      .flatMap((area) =>
        area.outline !== undefined && outlineSheetOf(areas, area.id)?.id === sheet
          ? [{ area, outline: area.outline }]
          : [],
      )
      .sort((a, b) => size(b.outline) - size(a.outline));
  }, [areas, sheet]);
}

export type Outline = ReturnType<typeof useOutlines>[number];

/** One outline with its name. */
export function AreaOutline({ area, outline }: Outline) {
  const { left, top } = boxOf(outline);
  const line = outline.length < 3 && !isSurface(outline);
  return (
    <>
      <path className={line ? classes.areaLine : classes.area} d={pathOf(outline, !line)} />
      <Pin at={[left, top]}>
        <text className={classes.areaName} x={1} y={-5}>
          {area.name}
        </text>
      </Pin>
    </>
  );
}

/** The sheet itself, on which everything else is drawn: its drawing if it has one, in greys, since colour belongs to alarms. */
export function SheetFrame({ sheet }: { sheet: Sheet }) {
  const { width, height, image } = sheet.plan;
  return (
    <>
      <rect className={classes.frame} width={width} height={height} />
      {image === undefined ? null : (
        <image
          className={classes.drawing}
          href={`/api/v1/areas/${encodeURIComponent(sheet.id)}/drawing`}
          width={width}
          height={height}
          data-testid="plan-drawing"
        />
      )}
    </>
  );
}
