import { type DeviceType, isAsked } from '../contract/device-type.ts';
import { fireAddress } from '../contract/fire-address.ts';
import type { Device } from '../contract/site.ts';
import type { AskedInVain } from '../contract/trial.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import type { Devices } from '../devices/devices.ts';
import { accountKey } from '../devices/panel-report.ts';
import { polledDevice } from '../devices/polled.ts';
import { readyDevice } from '../devices/registry.ts';
import type { RawHeard } from '../devices/type-trial.ts';
import type { Clock } from '../lib/clock.ts';
import { asError, fault } from '../lib/errors.ts';
import type { Links } from '../links/links.ts';
import type { AskedAnswer } from '../protocols/asked-read.ts';
import type { Site } from '../site/site.ts';
import { alarmReceiverPlace, devicePlace, fireReceiverPlace, type Overhearing } from './overhear.ts';
import { readWords } from './trial-answer.ts';
import { trialWords } from './trial-words.ts';

/** What is waited for at the least and at the most until a device sends something; browsers give up after 15 s. */
const waitMs = { least: 5_000, most: 12_000 };
/** An answer that came last may have taken its time, too. */
const askingMs = 9_000;

export interface TypeHearingDeps {
  clock: Clock;
  catalogue: Catalogue;
  site: Pick<Site, 'get' | 'all'>;
  devices: Pick<Devices, 'value'>;
  links: Pick<Links, 'ask'>;
  overhearing: Pick<Overhearing, 'next' | 'kept'>;
}

/** What came, and why questions were not answered. */
export interface HeardForType {
  heard: RawHeard[];
  failures: AskedInVain[];
}

/** Has a device of the site say something by which a text of its type can be tried. */
export function createTypeHearing({ clock, catalogue, site, devices, links, overhearing }: TypeHearingDeps) {
  /** Asks once for all that the text reads, between the polls of the link. */
  async function ask(type: DeviceType, doc: Device, gone: AbortSignal): Promise<HeardForType> {
    const failures: AskedInVain[] = [];
    const unable = (words: string): HeardForType => ({
      heard: [],
      failures: [{ about: '', fault: { code: 'not-workable' }, words }],
    });
    const types = new Map([...catalogue.types, [type.id, type]]);
    const live = readyDevice({ kinds: catalogue.kinds, types }, doc);
    if (typeof live === 'string') return unable(live);
    let reads: ReturnType<typeof polledDevice>['reads'];
    try {
      reads = polledDevice(live).reads;
    } catch (error) {
      return unable(asError(error).message);
    }
    const answers: AskedAnswer[] = [];
    const untilMono = clock.now().monoMs + askingMs;
    for (const [i, read] of reads.entries()) {
      if (gone.aborted) break;
      if (clock.now().monoMs > untilMono) {
        const words = `${reads.length - i} of its ${reads.length} questions were not asked: the line takes too long`;
        failures.push({ about: readWords(read), fault: { code: 'expired' }, words });
        break;
      }
      const outcome = await links.ask(doc.link ?? '', read, { sent() {}, received() {} });
      if (outcome.ok) {
        answers.push(outcome.value);
        continue;
      }
      const words = trialWords(outcome.fault, outcome.words, null);
      failures.push({ about: readWords(read), fault: outcome.fault, words });
      if (outcome.error === 'timeout' || outcome.error === 'line-down') break;
    }
    const heard: RawHeard[] =
      answers.length > 0 ? [{ way: 'poll', answers, receivedAt: clock.now().wallMs }] : [];
    return { heard, failures };
  }

  /** The device that speaks for it, with how that speaks. */
  function headOf(type: DeviceType, doc: Device): { head: Device; speech: DeviceType['link'] } {
    const parent = doc.parent === undefined ? undefined : site.get('devices', doc.parent);
    const speech = parent && catalogue.types.get(parent.type)?.link;
    // Accounts behind a receiver have a line of their own type, unless the receiver is the gateway's own.
    if (parent && speech && (type.link === 'child' || speech === 'sia-dc09')) return { head: parent, speech };
    return { head: doc, speech: type.link };
  }

  /** What a sender told one of the gateway's own receivers last, else its next message. */
  async function report(
    place: string,
    isSender: (from: string) => boolean,
    gone: AbortSignal,
  ): Promise<RawHeard | null> {
    const wanted = (heard: RawHeard) => heard.way === 'report' && heard.from !== null && isSender(heard.from);
    return overhearing.kept(place, 0).findLast(wanted) ?? overhearing.next(place, waitMs.most, gone, wanted);
  }

  /** What a device to which another is bound has told last. */
  function values(doc: Device): RawHeard {
    const readings = Object.values(doc.bind ?? {}).flatMap(
      (binding) => devices.value(typeof binding === 'string' ? binding : binding.from) ?? [],
    );
    return { way: 'values', readings, receivedAt: clock.now().wallMs };
  }

  /** A reader tells one thing after the other; when it tells one anew, it has told all, its status among them. */
  async function reader(device: string, gone: AbortSignal): Promise<RawHeard[]> {
    const heard = new Map<string, RawHeard>();
    await overhearing.next(devicePlace(device), waitMs.most, gone, (one) => {
      if (one.way !== 'reader') return false;
      const { type } = one.state;
      if (heard.has(type) && heard.has('status')) return true;
      heard.set(type, one);
      return false;
    });
    return [...heard.values()];
  }

  return {
    /** @throws state.conflict when nothing can come of such a device; queue.full */
    async hear(type: DeviceType, doc: Device, gone: AbortSignal): Promise<HeardForType> {
      if (isAsked(type.link)) return ask(type, doc, gone);
      const { head, speech } = headOf(type, doc);
      const all = (one: RawHeard | null): HeardForType => ({ heard: one ? [one] : [], failures: [] });
      switch (speech) {
        case 'none':
        case 'child':
          throw fault(
            'state.conflict',
            'a device of this type has no line to the gateway, so nothing comes that could be read anew: save a case of its frames instead',
          );
        case 'composed':
          return all(values(doc));
        case 'osdp':
          return { heard: await reader(doc.id, gone), failures: [] };
        case 'sia-dc09': {
          const account = doc.address ?? head.address;
          const isSender = (from: string) =>
            account === undefined || accountKey(from) === accountKey(account);
          return all(await report(alarmReceiverPlace, isSender, gone));
        }
        case 'gbt26875': {
          const address = fireAddress(head.address ?? '');
          return all(await report(fireReceiverPlace, (from) => from === address, gone));
        }
        default: {
          const pollMs = catalogue.types.get(type.id)?.pollMs ?? type.pollMs;
          const wait = Math.min(waitMs.most, Math.max(waitMs.least, 2 * pollMs));
          return all(await overhearing.next(devicePlace(head.id), wait, gone));
        }
      }
    },
  };
}
