import { type ComponentType, type LazyExoticComponent, lazy } from 'react';

/**
 * Places in one feature's screens that another feature may fill (a feature never imports a feature). Empty: the place is left out.
 * To fill one: `alarmPlan: lazy(() => import('../features/map/alarm-plan.tsx'))`.
 */
export interface Slots {
  /** The plan centred on a device that flashes, in the alarm panel and in the alarm's detail. */
  alarmPlan: LazyExoticComponent<ComponentType<{ device: string; area: string }>> | null;
  /** The trend of a point around a time (UTC ms), in the alarm's detail. */
  alarmTrend: LazyExoticComponent<ComponentType<{ device: string; point: string; at: number }>> | null;
}

export const slots: Slots = {
  alarmPlan: lazy(() => import('../features/overview/alarm-plan.tsx')),
  alarmTrend: lazy(() => import('../features/devices/alarm-trend.tsx')),
};
