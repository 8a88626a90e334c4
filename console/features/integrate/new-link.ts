import type { DeviceType } from '../../../gateway/contract/device-type.ts';

/** The links that are made in the console: by far the most of those that sites have. */
export type LinkSort = 'serial' | 'server' | 'tcp' | 'bridge' | 'controllers';

export interface LinkForm {
  sort: LinkSort;
  path: string;
  host: string;
  port: string;
  baud: string;
  parity: 'none' | 'even' | 'odd';
  prefixes: string;
  id: string;
}

type Speech = DeviceType['link'];

/** What a line is called that carries it. */
const protocols: Partial<Record<Speech, string>> = {
  modbus: 'modbus-rtu',
  dlt645: 'dlt645-2007',
  cjt188: 'cjt188',
  'surgard-mlr2': 'surgard-mlr2',
  'ademco-685': 'ademco-685',
  'rfid-em4100-serial': 'rfid-em4100-serial',
  osdp: 'osdp',
};

/** The sorts of link on which it is spoken, the most usual first. */
export function linkSorts(speech: Speech): LinkSort[] {
  if (speech === 'mqtt' || speech === 'native') return ['bridge'];
  if (speech === 'uhppote') return ['controllers'];
  return speech === 'modbus' ? ['serial', 'server', 'tcp'] : ['serial', 'server'];
}

/** What is usual on its wire: meters speak at 2400 with even parity (DL/T 645-2007 §4, CJ/T 188 alike). */
export function presetLine(speech: Speech): Pick<LinkForm, 'baud' | 'parity'> {
  return speech === 'dlt645' || speech === 'cjt188'
    ? { baud: '2400', parity: 'even' }
    : { baud: '9600', parity: 'none' };
}

const stems: Record<LinkSort, string> = {
  ...{ serial: 'bus', server: 'bus', tcp: 'modbus', bridge: 'bridge', controllers: 'controllers' },
};

/** A key for a link that nothing has. */
export function freeLinkId(sort: LinkSort, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const id = `${stems[sort]}-${number}`;
    if (!taken.has(id)) return id;
  }
}

/** The link as the API takes it; what is wrong with it the gateway says, at its field. */
export function linkBody(form: LinkForm, speech: Speech): Record<string, unknown> {
  const { sort, id, baud, parity } = form;
  const host = form.host.trim();
  const port = form.port.trim();
  const line = { protocol: protocols[speech], baudRate: Number(baud), parity };
  switch (sort) {
    case 'serial':
      return { id, kind: 'bus', path: form.path.trim(), ...line };
    case 'server': {
      const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
      return { id, kind: 'bus', path: `tcp://${bracketed}:${port || '4196'}`, ...line };
    }
    case 'tcp':
      return { id, kind: 'modbus-tcp', host, ...(port !== '' && { port: Number(port) }) };
    case 'controllers':
      // Found by broadcast wherever it reaches.
      return { id, kind: 'uhppote', ...(host !== '' && { broadcast: host }) };
    case 'bridge': {
      const prefixes = form.prefixes
        .split(/[,\s]+/)
        .map((prefix) => prefix.trim())
        .filter(Boolean);
      return { id, kind: 'mqtt-bridge', prefixes };
    }
  }
}
