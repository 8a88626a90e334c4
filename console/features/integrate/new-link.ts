import type { DeviceType } from '../../../gateway/contract/device-type.ts';
import type { Link } from '../../../gateway/contract/site.ts';

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
  /** The port on which door controllers of this network are heard. */
  listen: string;
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

/** The ports that serial servers and Modbus TCP devices have where nobody has set another. */
export const usualPorts = { server: '8899', tcp: '502' } as const;

/** The broadcast address that reaches one's own network. */
export const everybody = '255.255.255.255';

/** The sorts of link on which it is spoken, the most usual first. */
export function linkSorts(speech: Speech): LinkSort[] {
  if (speech === 'mqtt' || speech === 'native') return ['bridge'];
  if (speech === 'uhppote') return ['controllers'];
  return speech === 'modbus' ? ['serial', 'server', 'tcp'] : ['serial', 'server'];
}

/** As the product is delivered, else what is usual on its wire: meters speak at 2400 with even parity (DL/T 645-2007 §4, CJ/T 188 alike). */
export function presetLine({
  link,
  line,
}: Pick<DeviceType, 'link' | 'line'>): Pick<LinkForm, 'baud' | 'parity'> {
  const [baud, parity] =
    link === 'dlt645' || link === 'cjt188' ? ([2_400, 'even'] as const) : ([9_600, 'none'] as const);
  return { baud: String(line?.baudRate ?? baud), parity: line?.parity ?? parity };
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

const firstListen = 60_001;

/** A port on which no other network's door controllers are heard. */
export function freeListen(links: readonly Link[]): string {
  const taken = new Set(links.map((link) => (link.kind === 'uhppote' ? link.listen.split(':')[1] : null)));
  for (let port = firstListen; ; port++) if (!taken.has(String(port))) return String(port);
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
      const bracketed = host.includes(':') ? `[${host}]` : host;
      return { id, kind: 'bus', path: `tcp://${bracketed}:${port || usualPorts.server}`, ...line };
    }
    case 'tcp':
      return { id, kind: 'modbus-tcp', host, port: Number(port || usualPorts.tcp) };
    case 'controllers':
      // Found by broadcast wherever it reaches.
      return {
        ...{ id, kind: 'uhppote', broadcast: `${host}${port === '' ? '' : `:${port}`}` },
        listen: `0.0.0.0:${form.listen}`,
      };
    case 'bridge':
      return { id, kind: 'mqtt-bridge', prefixes: prefixesOf(form.prefixes) };
  }
}

function prefixesOf(text: string): string[] {
  return text.split(/[,，\s]+/).filter(Boolean);
}

/** Whether a link of the site leads where the new one would. */
export function leadsTo(link: Link, form: LinkForm, speech: Speech): boolean {
  const body = linkBody(form, speech);
  if (link.kind !== body.kind) return false;
  switch (link.kind) {
    case 'bus':
      return link.path === body.path;
    case 'modbus-tcp':
      return link.host === body.host && link.port === body.port;
    case 'uhppote':
      return link.broadcast === body.broadcast;
    case 'mqtt-bridge':
      return prefixesOf(form.prefixes).every((prefix) => link.prefixes.includes(prefix));
    default:
      return false;
  }
}
