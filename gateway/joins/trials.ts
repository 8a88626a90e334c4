import { isAsked } from '../contract/device-type.ts';
import type { Reading } from '../contract/reading.ts';
import { busLine, type Device, isAskedBus, isMqttLink, type Link } from '../contract/site.ts';
import type { Trial, TrialDraft } from '../contract/trial.ts';
import type { Catalogue } from '../devices/catalogue.ts';
import type { Devices, Draft } from '../devices/devices.ts';
import { setTrial, type TriedDevice } from '../devices/type-trial.ts';
import { fault } from '../lib/errors.ts';
import { offsetMsAt } from '../lib/local-time.ts';
import { invalid } from '../site/refusals.ts';
import type { Site } from '../site/site.ts';
import { protectionOf } from './card-readers.ts';
import { panelSpeech } from './panels.ts';
import { withRelatives } from './relatives.ts';
import { beginTrial } from './trial-answer.ts';
import { askDoorController, askReader, askReads } from './trial-asking.ts';
import { createTrialHearing, type HearingDeps } from './trial-hearing.ts';
import { createTriedLinks, type TrialBy, type TriedLinksDeps } from './tried-links.ts';

/** So many at once; each waits for at most a minute. */
const mostTrials = 16;

/** The key of a draft that has none yet. */
const draftKey = 'new-device';

/** Tries devices before they are saved: asks once, or listens for a first message. Nothing of it is kept, nothing is commanded. */
export function createTrials(
  deps: TriedLinksDeps &
    Pick<HearingDeps, 'clock' | 'overhearing' | 'ports' | 'tellAgain'> & {
      site: Pick<Site, 'get' | 'all' | 'problemsWith' | 'timeZone'>;
      catalogue: Pick<Catalogue, 'kinds' | 'types'>;
      devices: HearingDeps['devices'] & Pick<Devices, 'drafts' | 'state' | 'value'>;
      env: Readonly<Record<string, string | undefined>>;
    },
) {
  const { clock, site, devices, env } = deps;
  const triedLinks = createTriedLinks(deps);
  const hearing = createTrialHearing({ ...deps, triedLinks, stage });
  let running = 0;

  /** What the clocks of the site show now, as if it were UTC. */
  function shownNow(): number {
    const { wallMs } = clock.now();
    return wallMs + offsetMsAt(site.timeZone(), wallMs);
  }

  function lineOf(link: Link, speech: string): Trial['line'] {
    if (isMqttLink(link) || !(isAsked(speech) || speech === 'osdp')) return null;
    const others = [...site.all('devices')].filter((device) => device.link === link.id);
    const answering = others.filter(({ id }) => devices.state(id).state === 'online').length;
    const bus = isAskedBus(link) && isAsked(speech) ? busLine(link, speech) : undefined;
    const readers = link.kind === 'bus' && link.protocol === 'osdp' ? `${link.baudRate} 8N1` : null;
    const parity = { none: 'N', even: 'E', odd: 'O' } as const;
    return {
      neighbours: others.length,
      answering,
      settings: bus ? `${bus.baudRate} ${bus.dataBits}${parity[bus.parity]}${bus.stopBits}` : readers,
      kind:
        link.kind === 'modbus-tcp'
          ? 'tcp'
          : link.kind === 'dtu'
            ? 'dial-in'
            : 'path' in link && link.path.startsWith('tcp:')
              ? 'serial-server'
              : 'serial',
    };
  }

  /** Sets the stage for a device that is heard or asked with what others know of it. */
  function stage(doc: Device, newLink: Link | undefined): TriedDevice {
    const type = deps.catalogue.types.get(doc.type);
    // The draft was made of it.
    if (!type) throw new Error(`there is no type "${doc.type}"`);
    const links = [...site.all('links'), ...(newLink ? [newLink] : [])];
    const { wallMs: now } = clock.now();
    const panel = panelSpeech({ settings: doc.settings ?? {} }, { env, now, timeZone: site.timeZone() });
    return setTrial(type, deps.catalogue, { device: doc.id, docs: withRelatives(doc, site), links, panel });
  }

  /** What it is bound to, as that is now, and what it would be. */
  function bound(draft: Draft, doc: Device): Trial {
    const { trial, fail } = beginTrial('bound', null);
    const readings: Reading[] = [];
    for (const [name, binding] of Object.entries(doc.bind ?? {})) {
      const from = typeof binding === 'string' ? binding : binding.from;
      const reading = devices.value(from);
      if (reading) readings.push(reading);
      const { value = null, quality = 'bad' } = reading ?? {};
      trial.inputs.push({ name, from, value, quality, at: reading?.at ?? null });
    }
    for (const { point, from, reading, problem } of draft.bound()) {
      if (problem !== null) fail({ code: 'unusable-value' }, problem);
      else if (!reading) fail({ code: 'no-value-yet', from });
      const { value = null, quality = 'bad' } = reading ?? {};
      trial.points.push({ point, value, quality, unit: draft.unitOf(point) });
    }
    // Points that are computed of these, and events that their present values would be.
    const tried = stage(doc, undefined);
    for (const problem of tried.unconnected) fail({ code: 'not-workable' }, problem);
    tried.hear({ way: 'values', readings, receivedAt: clock.now().wallMs });
    const { readings: became, events } = tried.outcome();
    const shown = new Set(trial.points.map(({ point }) => point));
    for (const [point, { value, quality }] of became)
      if (!shown.has(point)) trial.points.push({ point, value, quality, unit: draft.unitOf(point) });
    for (const { type, data, device } of events) if (device === doc.id) trial.events.push({ type, data });
    return trial;
  }

  async function run(wanted: TrialDraft, by: TrialBy): Promise<Trial> {
    const { listenS: _listenS, after: _after, newLink, id = draftKey, ...given } = wanted;
    const doc: Device = { ...given, id, name: id, area: [...site.all('areas')][0]?.id ?? 'site' };
    triedLinks.check(wanted);
    const problems = site.problemsWith(doc, newLink);
    if (problems.length > 0) throw invalid(problems, id);
    const draft = devices.drafts.draft(doc);
    const { way } = draft;
    const where = { wanted, doc };
    const trial = await (async (): Promise<Trial> => {
      switch (way.by) {
        case 'asked':
          return triedLinks.over(wanted, doc.link, by, async (link) => {
            const begun = beginTrial('asked', lineOf(link.doc, way.reads[0]?.protocol ?? ''));
            await askReads(begun, { clock, draft, link }, way.reads, by.signal);
            return begun.trial;
          });
        case 'controller': {
          const link = await triedLinks.linkOf(wanted, way.link, by);
          const begun = beginTrial('asked', null);
          if (link.kind !== 'uhppote') {
            begun.fail(
              { code: 'not-carried', protocol: 'uhppote' },
              `link "${link.id}" does not carry uhppote`,
            );
            return begun.trial;
          }
          await askDoorController(begun, { clock, draft, tried: stage(doc, newLink), shownNow }, link, way);
          return begun.trial;
        }
        case 'reader':
          return triedLinks.over(wanted, way.link, by, async (link) => {
            const begun = beginTrial('asked', lineOf(link.doc, 'osdp'));
            const reader = { address: way.reader.address, protection: protectionOf(way.reader, env) };
            const tried = stage(doc, newLink);
            await askReader(begun, { clock, draft, tried, link }, reader, by.signal);
            return begun.trial;
          });
        case 'topics':
        case 'announced':
        case 'line':
          return hearing.onLink(way, draft, where, by);
        case 'panel':
          return hearing.forPanel(draft, where, by.signal);
        case 'fire':
          return hearing.forFire(way, draft, where, by.signal);
        case 'parent':
          return hearing.toParent(way, draft, where, by.signal);
        case 'own':
          return hearing.signingIn(way, where);
        case 'bound':
          return bound(draft, doc);
        case 'none': {
          const { trial: none, fail } = beginTrial('none', null);
          if (way.parent === null) fail({ code: 'no-line', kind: way.kind });
          else fail({ code: 'not-brought', parent: way.parent });
          return none;
        }
      }
    })();
    for (const problem of draft.problems)
      trial.failures.push({ fault: { code: 'not-workable' }, words: problem });
    return trial;
  }

  return {
    /**
     * Tries a device that is not saved.
     * @throws site.invalid at its fields, state.conflict at `newLink`, queue.full, storage.unavailable
     */
    async run(wanted: TrialDraft, by: TrialBy): Promise<Trial> {
      if (running >= mostTrials)
        throw fault('queue.full', `${mostTrials} trials are under way already; wait for one of them to end`);
      running++;
      try {
        return await run(wanted, by);
      } finally {
        running--;
      }
    },
  };
}
export type Trials = ReturnType<typeof createTrials>;
