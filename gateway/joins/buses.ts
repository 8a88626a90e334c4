import { detectWithinMs } from '../contract/alarm.ts';
import { isAsked } from '../contract/device-type.ts';
import { type Device, isLineLink, type Link } from '../contract/site.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import type { LiveDevice } from '../devices/live-device.ts';
import { type PolledDevice, polledDevice } from '../devices/polled.ts';
import { silenceMsOf } from '../devices/presence.ts';
import { createRegistry } from '../devices/registry.ts';
import { worstCycleMs, worstDetectionMs } from '../links/cycle.ts';
import { busTiming } from '../links/line-use.ts';
import type { SiteDocs, SiteProblem } from '../site/docs.ts';
import { moreUrgent, type Need, needOf } from './alarm-needs.ts';

interface AskedDevice {
  live: LiveDevice;
  polled: PolledDevice;
  /** The most urgent of its own alarms and of those of devices composed of it; null when nothing is judged on it. */
  need: Need | null;
}

/** Null for a device that cannot be polled: it is told as that device's own problem. */
function polledOf(live: LiveDevice): PolledDevice | null {
  try {
    return polledDevice(live);
  } catch {
    return null;
  }
}

/** The asked devices by link, with what their alarms demand of the link. */
function askedDevices(devices: Iterable<Device>, catalogue: Catalogue): Map<string, AskedDevice[]> {
  const registry = createRegistry(catalogue);
  registry.configure(devices);
  const byLink = new Map<string, AskedDevice[]>();
  for (const live of registry.all()) {
    const { link } = live.device;
    if (!isAsked(live.type.link) || link === undefined) continue;
    const polled = polledOf(live);
    if (!polled) continue;
    const asked = { live, polled, need: needOf(live, registry) };
    byLink.set(link, [...(byLink.get(link) ?? []), asked]);
  }
  return byLink;
}

/** For `site check`: a fast device that a bus would ask too seldom is an error, any other a warning; so is one that would be called lost. */
export function checkBuses(docs: SiteDocs, catalogue: Catalogue): SiteProblem[] {
  const problems: SiteProblem[] = [];
  for (const [link, asked] of askedDevices(docs.devices.values(), catalogue)) {
    const doc = docs.links.get(link);
    if (!doc || !isLineLink(doc)) continue;
    const timing = busTiming(doc);
    const polled = asked.map((device) => device.polled);
    const cycleMs = worstCycleMs(polled, timing);
    for (const { live, polled: mine, need } of asked) {
      const tell = (severity: SiteProblem['severity'], message: string) =>
        problems.push({ class: 'devices', id: live.id, path: ['link'], severity, message });
      const worstMs = worstDetectionMs(mine, polled, timing);
      const silenceMs = silenceMsOf(live, doc);
      if (need !== null && worstMs > detectWithinMs[need])
        tell(
          need === 'fast' ? 'error' : 'warning',
          `on link "${link}" a change may take ${worstMs} ms to be noticed (round of ${cycleMs} ms with one device timing out), but its alarms allow ${detectWithinMs[need]} ms; put fewer devices on the link, raise its baud rate, or lower its timeoutMs or the type's pollMs`,
        );
      else if (silenceMs !== null && cycleMs > silenceMs)
        tell(
          'warning',
          `on link "${link}" a round may take ${cycleMs} ms with one device timing out, but the device counts as lost after ${silenceMs} ms of silence; put fewer devices on the link, raise its baud rate, or give the device a longer silenceS`,
        );
    }
  }
  return problems;
}

/** How often a link must ask a device at the least, ms, by link: the most urgent of its devices decides. */
export function allowedCycles(
  devices: Iterable<Device>,
  links: Iterable<Link>,
  catalogue: Catalogue,
): Map<string, number> {
  const asked = askedDevices(devices, catalogue);
  const allowed = new Map<string, number>();
  for (const { id } of links) {
    const need = (asked.get(id) ?? []).reduce<Need | null>(
      (most, device) => moreUrgent(most, device.need),
      null,
    );
    if (need !== null) allowed.set(id, detectWithinMs[need]);
  }
  return allowed;
}
