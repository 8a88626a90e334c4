import type { Stranger } from '../contract/stranger.ts';
import type { Devices } from '../devices/devices.ts';
import { findRegistration, signalBytes } from '../protocols/dtu/codec.ts';
import type { Site } from '../site/site.ts';

/** Whether somebody of the site is what was a stranger, after the site has changed. */
export function isKnownNow(
  { kind, link, what, address, by }: Omit<Stranger, 'sample' | 'words'>,
  {
    site,
    devices,
  }: {
    site: Site;
    devices: Pick<
      Devices,
      'takesTopic' | 'isKnownTalk' | 'panelLine' | 'fireTransmitter' | 'controllerBySerial'
    >;
  },
): boolean {
  // With its link it is gone as well.
  if (link !== null && site.get('links', link) === undefined) return true;
  switch (kind) {
    case 'topic':
      return link !== null && (devices.takesTopic(link, what) || devices.isKnownTalk(link, what));
    case 'name':
    case 'announcement':
      return [...site.all('devices')].some(
        (device) => device.link === link && String(device.address) === address,
      );
    case 'unit':
      return [...site.all('links')].some((one) => {
        if (one.kind !== 'dtu') return false;
        const registration = signalBytes(one.registration);
        const said = signalBytes(what);
        const unit = { link: one.id, registration, heartbeat: null };
        return (
          registration !== null &&
          said !== null &&
          findRegistration(said, [{ ...unit, registration }]) !== null
        );
      });
    case 'controller':
      return devices.controllerBySerial(Number(what)) !== null;
    case 'account':
      return (
        devices.panelLine(what) !== null ||
        devices.fireTransmitter(what) !== undefined ||
        [...site.all('devices')].some(
          ({ parent, address: own }) => parent !== undefined && String(own) === address,
        )
      );
    case 'sign-in':
      return (
        by === 'known-name' || site.get('devices', what) !== undefined || site.bridge(what) !== undefined
      );
  }
}
