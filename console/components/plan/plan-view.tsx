import { createContext, type KeyboardEvent, type ReactNode, use, useEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { type Box, type Direction, neighbour, type Spot } from './geometry.ts';
import { createLeafletPlan, type LeafletPlan } from './leaflet-plan.ts';
import classes from './plan.module.css';

/** Where the view is to go; it goes there when `key` changes, and then the operator moves it as he likes. */
export interface PlanTarget {
  key: string;
  box: Box;
}

const PlanContext = createContext<LeafletPlan | null>(null);
const directions: Record<string, Direction> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};
const zoomStep = 0.5;

function spotOf(element: Element): Spot {
  const [x = 0, y = 0] = (element.getAttribute('data-at') ?? '').split(' ').map(Number);
  return [x, y];
}

/** A drawing that is moved and zoomed by mouse, wheel, touch and keys; `children` are SVG in its own units. */
export function PlanView(props: {
  width: number;
  height: number;
  /** Of what it is the plan. */
  label: string;
  target: PlanTarget | null;
  children: ReactNode;
  /** HTML at the top right, beside the zoom buttons. */
  tools?: ReactNode;
}) {
  const { width, height, label, target, children, tools } = props;
  const { t } = useTranslation('parts');
  const holder = useRef<HTMLDivElement>(null);
  const [plan, setPlan] = useState<LeafletPlan | null>(null);

  useEffect(() => {
    if (holder.current === null) return;
    const created = createLeafletPlan(holder.current, width, height);
    setPlan(created);
    return () => {
      setPlan(null);
      created.remove();
    };
  }, [width, height]);

  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (plan === null) shown.current = null;
    else if (target !== null && target.key !== shown.current) {
      shown.current = target.key;
      plan.show(target.box);
    }
  }, [plan, target]);

  const showWhole = () => plan?.show({ left: 0, top: 0, right: width, bottom: height });

  function step(focused: Element | null, code: string): boolean {
    if (plan === null) return false;
    const items = [...plan.svg.querySelectorAll('[data-at]')].map((element) => ({
      element,
      at: spotOf(element),
    }));
    const from = items.find(({ element }) => element === focused);
    const direction = directions[code];
    const by = code === 'PageDown' ? 1 : code === 'PageUp' ? -1 : 0;
    const to =
      from === undefined
        ? items[0]
        : direction === undefined
          ? items[(items.indexOf(from) + by + items.length) % items.length]
          : neighbour(items, from, direction);
    if (to === undefined) return false;
    plan.reveal(to.at);
    (to.element as SVGElement).focus({ preventScroll: true });
    return true;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const { code } = event;
    let done = true;
    if (code in directions || code === 'PageDown' || code === 'PageUp') {
      step(document.activeElement?.closest('[data-at]') ?? null, code);
    } else if (code === 'Equal' || code === 'NumpadAdd') plan?.zoom(zoomStep);
    else if (code === 'Minus' || code === 'NumpadSubtract') plan?.zoom(-zoomStep);
    else if (code === 'Digit0' || code === 'Numpad0') showWhole();
    else done = false;
    if (done) event.preventDefault();
  }

  return (
    <div className={classes.view}>
      {/* biome-ignore lint/a11y/useSemanticElements: a group of marks on a drawing is no fieldset. */}
      <div
        ref={holder}
        className={classes.holder}
        role="group"
        aria-label={`${label}. ${t('plan.keys')}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the way in for those who come by keyboard.
        tabIndex={0}
        onKeyDown={onKeyDown}
      >
        {plan === null ? null : createPortal(<PlanContext value={plan}>{children}</PlanContext>, plan.svg)}
      </div>
      <div className={classes.tools}>
        {tools}
        <button
          type="button"
          className={classes.tool}
          aria-label={t('plan.zoomIn')}
          onClick={() => plan?.zoom(zoomStep)}
        >
          +
        </button>
        <button
          type="button"
          className={classes.tool}
          aria-label={t('plan.zoomOut')}
          onClick={() => plan?.zoom(-zoomStep)}
        >
          −
        </button>
        <button type="button" className={classes.tool} onClick={showWhole}>
          {t('plan.whole')}
        </button>
      </div>
    </div>
  );
}

/** Something on the plan that can be chosen: by a click that was no drag, or by Enter on it. */
export function PlanItem(props: {
  at: Spot;
  /** What it is and how it is, in words. */
  label: string;
  selected: boolean;
  onSelect: () => void;
  children: ReactNode;
  'data-testid'?: string;
}) {
  const { at, label, selected, onSelect, children } = props;
  const plan = use(PlanContext);
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button in SVG.
    <g
      className={classes.item}
      role="button"
      tabIndex={-1}
      aria-label={label}
      aria-pressed={selected}
      data-at={at.join(' ')}
      data-testid={props['data-testid']}
      onClick={() => {
        if (plan?.dragged() !== true) onSelect();
      }}
      onKeyDown={(event) => {
        if (event.code !== 'Enter' && event.code !== 'Space') return;
        event.preventDefault();
        onSelect();
      }}
    >
      <title>{label}</title>
      {children}
    </g>
  );
}

/** Draws its children at a place of the plan, in CSS px, however far it is zoomed. */
export function Pin({ at, children }: { at: Spot; children: ReactNode }) {
  return (
    <g transform={`translate(${at[0]} ${at[1]})`}>
      <g className={classes.pin}>{children}</g>
    </g>
  );
}
