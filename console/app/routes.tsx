import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { matchPath } from 'react-router';
import type { Permission } from '../../gateway/contract/permissions.ts';
import type { Namespace } from './words.ts';

export interface PageEntry {
  /** Folder of the feature and namespace of its words; the word `title` names it in the navigation. */
  feature: PageNamespace;
  /** What the navigation opens. */
  path: string;
  /** Where it is drawn, with its parameters. */
  pattern: string;
  /** Without this permission it is neither offered nor drawn. */
  permission: Permission;
  Screen: LazyExoticComponent<ComponentType>;
}

/** Namespaces with a word `title`. */
export type PageNamespace = Extract<
  Namespace,
  | 'overview'
  | 'alarms'
  | 'zones'
  | 'map'
  | 'devices'
  | 'plant'
  | 'tickets'
  | 'patrol'
  | 'access'
  | 'meters'
  | 'integrate'
  | 'settings'
>;

/**
 * Every page inside the shell, in the order of the navigation. A feature adds one line here, one in words.ts, and is loaded when
 * it is first opened. The first page that the user may see is the one that `/` opens.
 */
export const pages: readonly PageEntry[] = [
  {
    feature: 'overview',
    path: '/overview',
    pattern: '/overview',
    permission: 'site.read',
    Screen: lazy(() => import('../features/overview/overview-screen.tsx')),
  },
  {
    feature: 'alarms',
    path: '/alarms',
    pattern: '/alarms/:id?',
    permission: 'alarms.read',
    Screen: lazy(() => import('../features/alarms/alarms-screen.tsx')),
  },
  {
    feature: 'zones',
    path: '/zones',
    pattern: '/zones/:id?',
    permission: 'alarms.read',
    Screen: lazy(() => import('../features/zones/zones-screen.tsx')),
  },
  {
    feature: 'devices',
    path: '/devices',
    pattern: '/devices/:id?',
    permission: 'devices.read',
    Screen: lazy(() => import('../features/devices/devices-screen.tsx')),
  },
  {
    feature: 'plant',
    path: '/plant',
    pattern: '/plant/:id?',
    permission: 'devices.read',
    Screen: lazy(() => import('../features/plant/plant-screen.tsx')),
  },
  {
    feature: 'tickets',
    path: '/tickets',
    pattern: '/tickets/:id?',
    permission: 'tickets.read',
    Screen: lazy(() => import('../features/tickets/tickets-screen.tsx')),
  },
  {
    feature: 'access',
    path: '/access',
    pattern: '/access',
    permission: 'access.read',
    Screen: lazy(() => import('../features/access/access-screen.tsx')),
  },
  {
    feature: 'patrol',
    path: '/patrol',
    pattern: '/patrol/:id?',
    permission: 'patrol.read',
    Screen: lazy(() => import('../features/patrol/patrol-screen.tsx')),
  },
  {
    feature: 'meters',
    path: '/meters',
    pattern: '/meters/:id?',
    permission: 'meters.read',
    Screen: lazy(() => import('../features/meters/meters-screen.tsx')),
  },
  {
    feature: 'integrate',
    path: '/integrate',
    pattern: '/integrate/:part?/:id?',
    permission: 'integrate',
    Screen: lazy(() => import('../features/integrate/integrate-screen.tsx')),
  },
  {
    feature: 'settings',
    path: '/settings',
    pattern: '/settings/:part?',
    permission: 'site.read',
    Screen: lazy(() => import('../features/settings/settings-screen.tsx')),
  },
];

/** Whether some page is drawn at this address: a link to a feature that is not there is not offered. */
export function hasPage(to: string): boolean {
  const pathname = to.split('?')[0] ?? to;
  return pages.some((page) => matchPath(page.pattern, pathname) !== null);
}

/** The addresses that features use to point at each other without importing each other. */
export const paths = {
  alarm: (id: string) => `/alarms/${id}`,
  alarmsOf: (priority: number) => `/alarms?priority=${priority}`,
  device: (id: string) => `/devices/${id}`,
  plant: (id: string) => `/plant/${id}`,
  plantSchedules: '/plant?view=schedules',
  zone: (id: string) => `/zones/${id}`,
  zonesBlind: '/zones?show=blind',
  ticket: (id: string) => `/tickets/${id}`,
  devicesLost: '/devices?state=lost',
  links: '/devices?list=links',
  round: (id: string) => `/patrol/${id}`,
  meter: (id: string) => `/meters/${id}`,
  card: (id: string) => `/access?view=cards&card=${id}`,
  mapDevice: (device: string) => `/overview?device=${device}`,
  mapArea: (area: string) => `/overview?area=${area}`,
  integrate: (part: string, id?: string) => `/integrate/${part}${id === undefined ? '' : `/${id}`}`,
  settings: (part: string) => `/settings/${part}`,
};
