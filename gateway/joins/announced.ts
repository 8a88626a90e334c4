import type { AnnouncingLink } from '../announce/announcer.ts';
import type { AnnouncedDevice } from '../announce/home-assistant.ts';
import type { Link } from '../contract/site.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import type { Devices } from '../devices/devices.ts';
import type { Site } from '../site/site.ts';

export function announcingLinks(links: readonly Link[]): AnnouncingLink[] {
  return links.flatMap((link) =>
    link.kind === 'mqtt' && link.homeAssistant !== undefined
      ? [{ id: link.id, prefix: link.homeAssistant }]
      : [],
  );
}

/** The site's devices, but for those whose product speaks to the same broker and is known there by itself. */
export function* announcedDevices(
  link: string,
  rooms: { site: Site; devices: Devices; catalogue: Catalogue },
): Generator<AnnouncedDevice> {
  for (const { device } of rooms.devices.alarmInputs()) {
    const type = rooms.catalogue.types.get(device.type);
    const points = rooms.catalogue.type(device.type)?.points;
    if (!type || !points || (type.link === 'mqtt' && device.link === link)) continue;
    yield {
      id: device.id,
      name: device.name,
      area: rooms.site.area(device.area)?.name ?? device.area,
      maker: type.maker,
      model: type.label.zh,
      points,
    };
  }
}
