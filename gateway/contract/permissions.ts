import { z } from 'zod';
import type { Entity } from './live.ts';

/** Every right in the house. A route declares exactly one; a route that declares none keeps the gateway from starting. */
export const permissions = [
  'site.read',
  'site.write',
  'devices.read',
  'devices.write',
  'devices.command',
  'households.private',
  'alarms.read',
  'alarms.acknowledge',
  'alarms.reset',
  'alarms.shelve',
  'video.view',
  'zones.arm',
  'zones.bypass',
  'tickets.read',
  'tickets.write',
  'tickets.verify',
  'patrol.read',
  'patrol.write',
  'access.read',
  'access.write',
  'meters.read',
  'meters.write',
  'history.read',
  'events.read',
  'users.manage',
  'tokens.manage',
  'audit.read',
  'backup.manage',
  'integrate',
  'metrics.read',
  'simulate',
] as const;
export type Permission = (typeof permissions)[number];

export const roleSchema = z.enum([
  'operator',
  'engineer',
  'supervisor',
  'integrator',
  'administrator',
  'auditor',
  'guard',
]);
export type Role = z.infer<typeof roleSchema>;

const reading: Permission[] = [
  'site.read',
  'devices.read',
  'alarms.read',
  'tickets.read',
  'patrol.read',
  'access.read',
  'meters.read',
  'history.read',
  'events.read',
];

export const rolePermissions: Record<Role, readonly Permission[]> = {
  operator: [
    ...reading,
    'alarms.acknowledge',
    'alarms.reset',
    'alarms.shelve',
    'video.view',
    'zones.arm',
    'zones.bypass',
    'tickets.write',
    'devices.command',
    'households.private',
    'simulate',
  ],
  engineer: [
    ...reading,
    'video.view',
    'alarms.acknowledge',
    'tickets.write',
    'meters.write',
    'devices.command',
  ],
  supervisor: [
    ...reading,
    'alarms.acknowledge',
    'alarms.reset',
    'alarms.shelve',
    'video.view',
    'zones.arm',
    'zones.bypass',
    'tickets.write',
    'tickets.verify',
    'patrol.write',
    'access.write',
    'meters.write',
    'devices.command',
    'households.private',
    'audit.read',
  ],
  integrator: [
    ...reading,
    'video.view',
    'site.write',
    'devices.write',
    'devices.command',
    'integrate',
    'metrics.read',
    'simulate',
  ],
  administrator: permissions,
  auditor: [...reading, 'audit.read', 'metrics.read'],
  guard: ['site.read', 'patrol.read', 'tickets.read', 'tickets.write'],
};

/** What one must be allowed to read to receive an entity on `/live`. */
export const entityPermission: Record<Entity, Permission> = {
  site: 'site.read',
  areas: 'site.read',
  links: 'devices.read',
  devices: 'devices.read',
  households: 'site.read',
  people: 'site.read',
  checkpoints: 'patrol.read',
  routes: 'patrol.read',
  plans: 'patrol.read',
  linkages: 'devices.read',
  schedules: 'devices.read',
  'linkage-runs': 'alarms.read',
  'device-states': 'devices.read',
  'link-states': 'devices.read',
  zones: 'alarms.read',
  alarms: 'alarms.read',
  snapshots: 'alarms.read',
  tickets: 'tickets.read',
  rounds: 'patrol.read',
  'access-events': 'access.read',
  doors: 'access.read',
  commands: 'devices.read',
  sequences: 'devices.read',
  'schedule-states': 'devices.read',
  'run-hours': 'devices.read',
  system: 'site.read',
};

/** Who does something, and from where. Every action carries it; a role's right is checked before it is queued. */
export interface Actor {
  /** User key, `token:name`, `linkage:id`, or `gateway`. */
  who: string;
  name: string;
  /** Address or console name. */
  station: string;
  permissions: ReadonlySet<Permission>;
}
