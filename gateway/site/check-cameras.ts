import type { Device } from '../contract/site.ts';
import type { Report, SiteDocs, SiteTypes } from './docs.ts';

/** Cameras: addresses that a browser or the gateway can open, and that show no password. */
export function checkCameras(docs: SiteDocs, types: SiteTypes, report: Report): void {
  for (const device of docs.devices.values()) {
    const type = types.type(device.type);
    if (type?.kind !== 'camera') continue;
    const settings = device.settings ?? {};
    const tell = (name: string, message: string) =>
      report({ class: 'devices', id: device.id, path: ['settings', name], message });
    for (const name of ['snapshotUrl', 'liveUrl', 'recordingUrl']) {
      const wrong = urlProblem(name, settings[name]);
      if (wrong) tell(name, wrong);
    }
    const { recordingUrl } = settings;
    if (isPlain(recordingUrl) && !/\{(time|unix)\}/.test(recordingUrl))
      tell(
        'recordingUrl',
        '"recordingUrl" names no time; write {time} where it takes one (2026-11-22T03:15:00.000Z), or {unix} for seconds',
      );
    checkSignIn(device, tell);
    if (type.link === 'none' && settings.silenceS !== undefined && settings.snapshotUrl === undefined)
      tell(
        'silenceS',
        'without "snapshotUrl" nothing is ever heard of this camera; set it, or remove "silenceS"',
      );
  }
}

/** Text that stands in the site itself; what `env:NAME` holds is not looked into. */
function isPlain(value: unknown): value is string {
  return typeof value === 'string' && !value.startsWith('env:');
}

function urlProblem(name: string, value: unknown): string | undefined {
  if (!isPlain(value)) return undefined;
  const url = URL.parse(value.replace(/\{(time|unix)\}/g, '0'));
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    return `"${name}" must be an address that begins with http:// or https://${/^rtsps?:/.test(value) ? '; a stream (rtsp) is opened by the recorder, give the address of its page or picture' : ''}`;
  if (url.username !== '' || url.password !== '')
    return `"${name}" holds a user or a password, which everybody who reads the site would see; ${name === 'snapshotUrl' ? 'set "user" and "password" (env:NAME) instead' : 'let the recorder ask for them'}`;
  return undefined;
}

function checkSignIn({ settings = {} }: Device, tell: (name: string, message: string) => void): void {
  const { user, password } = settings;
  if ((user === undefined) === (password === undefined)) return;
  const [there, missing] = user === undefined ? ['password', 'user'] : ['user', 'password'];
  tell(there, `"${there}" needs "${missing}" beside it${missing === 'password' ? ', as env:NAME' : ''}`);
}
