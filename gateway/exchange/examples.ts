import type { DeviceType } from '../contract/device-type.ts';
import type { Device, Link } from '../contract/site.ts';
import type { ExportedType } from './export.ts';
import type { SiteNow } from './site-now.ts';

/** What an example has beside what every device has. */
type Example = Pick<Device, 'type' | 'address' | 'parent' | 'bind'> & {
  /** It stands on a link that carries what it speaks. */
  linked?: boolean;
};

/** Two devices, where there are two types, for every way in which types get their data; their parents are the site's to add. */
const examples: Readonly<Record<DeviceType['link'], readonly Example[]>> = {
  native: [{ type: 'native-tank' }, { type: 'native-panic-button' }],
  mqtt: [
    { type: 'zigbee2mqtt-contact', linked: true, address: 'garden/door' },
    { type: 'home-assistant-temperature', linked: true, address: 'sensor/boiler/flow' },
  ],
  child: [
    { type: 'controller-door', parent: 'controller-1', address: 1 },
    { type: 'gbt26875-part', parent: 'transmitter-1', address: '1-3-10-2' },
  ],
  modbus: [
    { type: 'eastron-sdm630', linked: true, address: 1 },
    { type: 'generic-modbus-io-8', linked: true, address: 2 },
  ],
  dlt645: [
    { type: 'dlt645-2007-meter', linked: true, address: '000012345671' },
    { type: 'dlt645-2007-single-phase-meter', linked: true, address: '000012345672' },
  ],
  cjt188: [
    { type: 'cjt188-water-meter', linked: true, address: '00002026000001' },
    { type: 'cjt188-heat-meter', linked: true, address: '00002026000002' },
  ],
  'surgard-mlr2': [
    { type: 'surgard-receiver', linked: true },
    { type: 'contact-id-account', parent: 'receiver-1', address: '0101' },
  ],
  'ademco-685': [{ type: 'ademco-685-receiver', linked: true }],
  'sia-dc09': [
    { type: 'dc09-panel', address: '0301' },
    { type: 'hengbo-panel', address: '0302' },
  ],
  gbt26875: [{ type: 'gbt26875-transmitter', address: '00000000012D' }],
  'rfid-em4100-serial': [{ type: 'em4100-reader', linked: true }],
  uhppote: [{ type: 'uhppote-controller', linked: true, address: 405419896 }],
  osdp: [{ type: 'osdp-reader', linked: true, address: 0 }],
  composed: [
    { type: 'composed-pump', bind: { running: 'io-1.in1' } },
    { type: 'composed-door', bind: { opened: 'io-1.in2' } },
  ],
  none: [{ type: 'patrol-wand' }],
};

/** The examples of the template, passed over by an import. A link of the site is named where one carries it, else a made-up one. */
export function exampleDevices(types: readonly ExportedType[], site: SiteNow): Device[] {
  const known = new Map(types.map((type) => [type.id, type]));
  const area = [...site.areas.keys()][0] ?? 'area-1';
  return Object.entries(examples).flatMap(([way, each]) => {
    const link = [...site.links.values()].find((one) => carries(one, way))?.id ?? `${way}-1`;
    return each.flatMap(({ linked, ...own }, index): Device[] => {
      const type = known.get(own.type);
      if (!type) return [];
      const usual = Object.entries(type.settings).find(
        ([, { type: form, default: value, secret }]) => form === 'number' && value !== undefined && !secret,
      );
      return [
        {
          ...{ id: `example-${way}-${index + 1}`, name: type.label.zh, area },
          ...own,
          ...(linked && { link }),
          ...(usual && { settings: { [usual[0]]: usual[1].default } }),
        },
      ];
    });
  });
}

function carries(link: Link, way: string): boolean {
  if (way === 'mqtt') return link.kind === 'mqtt' || link.kind === 'mqtt-bridge';
  if (way === 'uhppote') return link.kind === 'uhppote';
  if (way === 'modbus')
    return link.kind === 'modbus-tcp' || ('protocol' in link && link.protocol === 'modbus-rtu');
  return 'protocol' in link && link.protocol.startsWith(way);
}
