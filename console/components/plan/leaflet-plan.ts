import 'leaflet/dist/leaflet.css';
import { CRS, map as createMap, type LatLngBoundsExpression, svgOverlay } from 'leaflet';
import type { Box, Spot } from './geometry.ts';

export interface LeafletPlan {
  /** What is drawn on it, in the plan's units. */
  svg: SVGSVGElement;
  /** Brings a box into the middle, as large as fits. */
  show(box: Box): void;
  zoom(by: number): void;
  /** Moves as little as is needed to bring a place into view. */
  reveal(at: Spot): void;
  /** Whether the mouse button that has just been let go was dragging the plan. */
  dragged(): boolean;
  remove(): void;
}

/** Nothing is shown larger than this many CSS px a unit by itself. */
const closest = 3;
const marginPx = 18;

/**
 * Pan and zoom over a drawing of `width` × `height` units. The drawing carries `--plan-unit`, plan units per CSS px, by which
 * marks of constant size are scaled, and `data-near` when there is room for names.
 */
export function createLeafletPlan(holder: HTMLElement, width: number, height: number): LeafletPlan {
  // Leaflet counts y upwards, a plan downwards.
  const boundsOf = ({ left, top, right, bottom }: Box): LatLngBoundsExpression => [
    [height - bottom, left],
    [height - top, right],
  ];
  const whole = { left: 0, top: 0, right: width, bottom: height };
  const map = createMap(holder, {
    crs: CRS.Simple,
    zoomControl: false,
    attributionControl: false,
    // The plan has keys of its own, which know what is on it.
    keyboard: false,
    boxZoom: false,
    // The observer below sees each change of size. Leaflet's own look at the window ends in a late `moveend`, as if a user had moved it.
    trackResize: false,
    zoomSnap: 0,
    zoomDelta: 0.5,
    wheelPxPerZoomLevel: 120,
    minZoom: -8,
    maxZoom: 4,
    // At once: an operator's eyes wait for nothing, and nobody asked for motion.
    zoomAnimation: false,
    fadeAnimation: false,
    inertia: false,
    maxBounds: boundsOf({ left: -width / 2, top: -height / 2, right: width * 1.5, bottom: height * 1.5 }),
  });
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  let shown: Box | null = null;
  let settling = false;

  function show(box: Box): void {
    shown = box;
    settling = true;
    map.fitBounds(boundsOf(box), {
      animate: false,
      padding: [marginPx, marginPx],
      maxZoom: Math.log2(closest),
    });
    settling = false;
  }

  function scale(): void {
    const unit = 1 / 2 ** map.getZoom();
    svg.style.setProperty('--plan-unit', String(unit));
    if (unit < 0.6) svg.dataset.near = '';
    else delete svg.dataset.near;
  }

  // A click that ends a drag is none: the mouse carried the plan along, so it comes up over what it went down on.
  let dragged = false;
  holder.addEventListener('pointerdown', () => {
    dragged = false;
  });
  map.on('dragstart', () => {
    dragged = true;
  });
  map.on('zoom viewreset', scale);
  map.on('moveend', () => {
    if (!settling) shown = null;
  });
  show(whole);
  svgOverlay(svg, boundsOf(whole)).addTo(map);
  scale();
  const observer = new ResizeObserver(() => {
    const kept = shown;
    map.invalidateSize({ animate: false, pan: kept === null });
    if (kept !== null) show(kept);
  });
  observer.observe(holder);

  return {
    svg,
    show,
    zoom: (by) => map.setZoom(map.getZoom() + by, { animate: false }),
    reveal: ([x, y]) => map.panInside([height - y, x], { animate: false, padding: [60, 60] }),
    dragged: () => dragged,
    remove() {
      observer.disconnect();
      map.remove();
    },
  };
}
