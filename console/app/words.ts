import { partsWords } from '../components/i18n.ts';
import { accessWords } from '../features/access/i18n.ts';
import { alarmsWords } from '../features/alarms/i18n.ts';
import { devicesWords } from '../features/devices/i18n.ts';
import { integrateAddWords } from '../features/integrate/add-words.ts';
import { integrateExchangeWords } from '../features/integrate/exchange-words.ts';
import { integrateWords } from '../features/integrate/i18n.ts';
import { frameFieldsWords } from '../features/integrate/inspect-field-words.ts';
import { integrateInspectWords } from '../features/integrate/inspect-words.ts';
import { integrateLettersWords } from '../features/integrate/letters-words.ts';
import { integrateLinksWords } from '../features/integrate/links-words.ts';
import { integrateStrangersWords } from '../features/integrate/strangers-words.ts';
import { typeKeysWords } from '../features/integrate/types-key-words.ts';
import { integrateTypesWords } from '../features/integrate/types-words.ts';
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

/** Every namespace of words; a feature adds one line, named as its folder. `useTranslation('alarms')` then knows its keys. */
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
  integrateAdd: integrateAddWords,
  integrateLinks: integrateLinksWords,
  integrateStrangers: integrateStrangersWords,
  integrateLetters: integrateLettersWords,
  integrateExchange: integrateExchangeWords,
  integrateInspect: integrateInspectWords,
  integrateTypes: integrateTypesWords,
  typeKeys: typeKeysWords,
  frameFields: frameFieldsWords,
  settings: settingsWords,
  wall: wallWords,
} as const;

export type Namespace = keyof typeof words;
