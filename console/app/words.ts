import { partsWords } from '../components/i18n.ts';
import { accessWords } from '../features/access/i18n.ts';
import { alarmsWords } from '../features/alarms/i18n.ts';
import { devicesWords } from '../features/devices/i18n.ts';
import { integrateWords } from '../features/integrate/i18n.ts';
import type { integratePartWords } from '../features/integrate/part-words.ts';
import { metersWords } from '../features/meters/i18n.ts';
import { overviewWords } from '../features/overview/i18n.ts';
import { patrolWords } from '../features/patrol/i18n.ts';
import { plantWords } from '../features/plant/i18n.ts';
import { sessionWords } from '../features/session/i18n.ts';
import { settingsWords } from '../features/settings/i18n.ts';
import { ticketsWords } from '../features/tickets/i18n.ts';
import { wallWords } from '../features/wall/i18n.ts';
import { zonesWords } from '../features/zones/i18n.ts';
import { appWords, problemWords, termWords } from './i18n.ts';

/**
 * The namespaces of words that come with the first screen; a feature adds one line, named as its folder. `useTranslation('alarms')`
 * then knows its keys. What only an integrator reads comes with its screen (`addWords`).
 */
export const words = {
  app: appWords,
  terms: termWords,
  problems: problemWords,
  parts: partsWords,
  session: sessionWords,
  overview: overviewWords,
  alarms: alarmsWords,
  zones: zonesWords,
  devices: devicesWords,
  plant: plantWords,
  tickets: ticketsWords,
  patrol: patrolWords,
  access: accessWords,
  meters: metersWords,
  integrate: integrateWords,
  settings: settingsWords,
  wall: wallWords,
} as const;

export type AllWords = typeof words & typeof integratePartWords;
export type Namespace = keyof AllWords;
