import { isDeepStrictEqual } from 'node:util';
import type { Addition } from '../contract/addition.ts';
import type { Change } from '../contract/live.ts';
import {
  type Area,
  type Checkpoint,
  type Device,
  type Link,
  type Person,
  type SiteClass,
  type SiteSettings,
  siteClasses,
} from '../contract/site.ts';
import { normaliseTag, type TagForm } from '../contract/tag.ts';
import { fault } from '../lib/errors.ts';
import type { Query } from '../store/store.ts';
import type { Memory, Table } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { type CheckContext, problemsWith } from './check.ts';
import { createDeviceSecrets } from './device-secrets.ts';
import {
  type Doc,
  type Docs,
  docsOf,
  nouns,
  type SiteProblem,
  type SiteState,
  type SiteTypes,
} from './docs.ts';
import { type CheckedSite, checkSiteFile, type SiteDraft } from './file.ts';
import { freshProblems } from './fresh-problems.ts';
import { describePlan, type SiteChange, type SitePlan } from './plan.ts';
import { publicDoc } from './public.ts';
import { accepted, forbidPrivate, invalid } from './refusals.ts';
import { readSettings, readThings } from './store.ts';

export interface SiteDeps {
  memory: Memory;
  query: Query;
  types: SiteTypes;
  /** Where `env:NAME` is looked up; the process's own by default. */
  env?: CheckContext['env'];
  checkBuses?: CheckContext['checkBuses'];
  /** Called in the turn that changes the site, after memory has it: devices, links and alarms take the change over. */
  onApplied?(turn: Turn, changes: readonly SiteChange[]): void;
  /** Called in the turn that gives a device or bridge a new secret or takes it away: its connections end after the commit. */
  onSecretChanged?(turn: Turn, id: string): void;
}

export type Site = ReturnType<typeof createSite>;
type Bridge = Extract<Link, { kind: 'mqtt-bridge' }>;
type NewThing = {
  [Class in 'areas' | 'links' | 'devices']: {
    class: Class;
    doc: Docs[Class];
    detail: Record<string, unknown>;
  };
}['areas' | 'links' | 'devices'];

const settingsKey = 'site';

/**
 * The named things of the site. Lookups see what the running turn has left; `committed` and `state` serve the API. All changes go
 * through the turn and take effect without a restart.
 */
export function createSite(deps: SiteDeps) {
  const { memory } = deps;
  const tables = Object.fromEntries(siteClasses.map((name) => [name, memory.table(name)])) as unknown as {
    [Class in SiteClass]: Table<Docs[Class]>;
  };
  const settings = memory.table<SiteSettings>('site');
  const retired = memory.table<number>('retired-keys');
  const secrets = createDeviceSecrets(deps);
  // Drawn from the documents, kept beside them so that a dropped turn takes them back, too.
  const cards = memory.table<string>('cards');
  const tags = memory.table<string>('tags');

  const context: CheckContext = {
    types: deps.types,
    env: deps.env ?? process.env,
    checkBuses: deps.checkBuses,
    retiredAt: (name, id) => (tables[name].get(id) === undefined ? retired.get(`${name}/${id}`) : undefined),
  };

  const spellings = (change: Pick<SiteChange, 'class'>, doc: unknown): string[] => {
    if (change.class === 'people')
      return ((doc as Person | null)?.cards ?? []).map((card) => normaliseTag(card));
    const tag = change.class === 'checkpoints' ? (doc as Checkpoint | null)?.tag : undefined;
    return tag === undefined ? [] : [normaliseTag(tag)];
  };

  /** The site as the running turn sees it. */
  function present(): SiteState {
    return {
      settings: settings.get(settingsKey) ?? null,
      docs: docsOf((name) => new Map([...tables[name].values()].map((doc) => [doc.id, doc] as const))),
    };
  }

  /** The site as it is on disk. */
  function state(): SiteState {
    return {
      settings: settings.committed.get(settingsKey) ?? null,
      docs: docsOf((name) => tables[name].committed),
    };
  }

  function put(turn: Turn, changes: readonly SiteChange[]): void {
    for (const change of changes) {
      if (change.class === 'site') {
        settings.set(settingsKey, change.after);
        turn.write('site.putSettings', JSON.stringify(change.after));
        turn.change('site', settingsKey, change.after);
        continue;
      }
      const { class: name, id, before, after } = change;
      const index = name === 'people' ? cards : tags;
      for (const tag of spellings(change, before)) if (index.get(tag) === id) index.set(tag, undefined);
      for (const tag of spellings(change, after)) index.set(tag, id);
      (tables[name] as Table<unknown>).set(id, after ?? undefined);
      if (after) turn.write('site.put', name, id, JSON.stringify(after), turn.now);
      else {
        retired.set(`${name}/${id}`, turn.now);
        turn.write('site.remove', turn.now, name, id);
        if (name === 'devices' || (before && 'kind' in before && before.kind === 'mqtt-bridge'))
          secrets.drop(turn, id);
      }
      turn.change(name, id, after && publicDoc(name, after));
    }
    deps.onApplied?.(turn, changes);
  }

  /** Applies changes unless they bring about an error that was not there before. */
  function change(
    turn: Turn,
    changes: readonly SiteChange[],
    refuse: (problems: SiteProblem[]) => Error,
  ): void {
    const fresh = freshProblems(present(), changes, context).filter(({ severity }) => severity === 'error');
    if (fresh.length > 0) throw refuse(fresh);
    put(turn, changes);
  }

  /** Adds things that belong together, all or none; what is there already and the same is passed over. */
  function add(turn: Turn, items: readonly NewThing[], refuse: (problems: SiteProblem[]) => Error): void {
    const fresh = items.flatMap(({ class: name, doc }) => {
      const before = tables[name].get(doc.id);
      const after = JSON.parse(JSON.stringify(doc)) as Doc;
      if (!before) return [{ class: name, id: doc.id, before: null, after }];
      if (isDeepStrictEqual(before, after)) return [];
      throw fault(
        'id.conflict',
        `there is another ${nouns[name]} "${doc.id}"; ${name === 'devices' ? 'change it with PUT, or choose' : 'choose'} another key`,
      );
    });
    if (fresh.length === 0) return;
    change(turn, fresh, refuse);
    const added = new Set(fresh.map(({ class: name }) => name));
    for (const { class: name, doc, detail } of items)
      if (added.has(name))
        turn.audit({ action: `${nouns[name]}.added`, subject: `${nouns[name]}:${doc.id}`, detail });
  }

  const newDevice = (doc: Device): NewThing => ({ class: 'devices', doc, detail: { type: doc.type } });
  const newLink = (doc: Link): NewThing => ({ class: 'links', doc, detail: { kind: doc.kind } });
  const newArea = (doc: Area): NewThing => ({ class: 'areas', doc, detail: { kind: doc.kind } });

  function bridge(id: string): Bridge | undefined {
    const link = tables.links.get(id);
    return link?.kind === 'mqtt-bridge' ? link : undefined;
  }

  function area(id: string): Area | undefined {
    return tables.areas.get(id);
  }

  return {
    async load(): Promise<void> {
      const stored = await readSettings(deps.query);
      if (stored) settings.load(settingsKey, stored);
      for (const row of await readThings(deps.query)) {
        if (row.doc === null) {
          retired.load(`${row.class}/${row.id}`, row.removedAt);
          continue;
        }
        (tables[row.class] as Table<unknown>).load(row.id, row.doc);
        const index = row.class === 'people' ? cards : tags;
        for (const tag of spellings(row, row.doc)) index.load(tag, row.id);
      }
      await secrets.load();
    },

    /** What consoles may know: no contacts, notes, medical notes, telephone numbers or cards. */
    snapshot(): Change[] {
      const { settings: known, docs } = state();
      const changes: Change[] = known ? [{ entity: 'site', id: settingsKey, data: known }] : [];
      for (const name of siteClasses)
        for (const [id, doc] of docs[name]) changes.push({ entity: name, id, data: publicDoc(name, doc) });
      return changes;
    },

    state,
    present,
    wasRemoved: (name: SiteClass, id: string) => retired.get(`${name}/${id}`) !== undefined,
    /** What changes would bring about that is not wrong already. */
    freshProblems: (before: SiteState, changes: readonly SiteChange[]): SiteProblem[] =>
      freshProblems(before, changes, context),
    /** Makes changes that bring about no error (`freshProblems`); who calls this writes the audit trail. */
    put,
    settings: () => settings.get(settingsKey),
    timeZone: () => settings.get(settingsKey)?.timeZone ?? 'Asia/Shanghai',
    get: <Class extends SiteClass>(name: Class, id: string): Docs[Class] | undefined => tables[name].get(id),
    all: <Class extends SiteClass>(name: Class): Iterable<Docs[Class]> => tables[name].values(),

    area,
    /** The area and those around it, innermost first. */
    ancestors(id: string): Area[] {
      const chain: Area[] = [];
      for (
        let at = area(id);
        at && !chain.includes(at);
        at = at.parent === undefined ? undefined : area(at.parent)
      )
        chain.push(at);
      return chain;
    },
    /** Whether an area is another one or lies inside it. */
    isInside(id: string, around: string): boolean {
      const seen = new Set<string>();
      for (let at: string | undefined = id; at !== undefined && !seen.has(at); at = area(at)?.parent) {
        if (at === around) return true;
        seen.add(at);
      }
      return false;
    },
    /** Who holds a card, in whatever spelling a reader gives it. */
    personByCard(card: string, form?: TagForm): Person | undefined {
      const id = cards.get(normaliseTag(card, form));
      return id === undefined ? undefined : tables.people.get(id);
    },
    checkpointByTag(tag: string, form?: TagForm): Checkpoint | undefined {
      const id = tags.get(normaliseTag(tag, form));
      return id === undefined ? undefined : tables.checkpoints.get(id);
    },
    /** The cameras that see a device. */
    camerasOf(device: string): string[] {
      return (tables.devices.get(device)?.cameras ?? []).filter((id) => tables.devices.get(id) !== undefined);
    },

    /** Whether a device knows its secret; takes as long for an unknown device. One behind a link does not come by itself. */
    authenticateDevice(id: string, password: string | Buffer): boolean {
      const device = secrets.matches(id, password) ? tables.devices.get(id) : undefined;
      return device !== undefined && device.link === undefined;
    },
    /** A bridge of the embedded broker. */
    bridge,
    /** The bridge that knows this secret; takes as long for an unknown one. */
    authenticateBridge(id: string, password: string | Buffer): Bridge | undefined {
      return secrets.matches(id, password) ? bridge(id) : undefined;
    },
    /** Gives a bridge a new secret, as a device's. */
    issueBridgeSecret(turn: Turn, id: string): string {
      if (!tables.links.get(id)) throw fault('not.found', `there is no link "${id}"`);
      if (!bridge(id))
        throw fault(
          'state.conflict',
          `the link "${id}" is no mqtt-bridge: only what signs in to the embedded broker has a secret`,
        );
      turn.audit({ action: 'link.secret-issued', subject: `link:${id}` });
      return secrets.issue(turn, id);
    },
    /** Gives a device a new secret of 192 bits; the answer is the only time that it can be seen. */
    issueSecret(turn: Turn, id: string): string {
      if (!tables.devices.get(id)) throw fault('not.found', `there is no device "${id}"`);
      turn.audit({ action: 'device.secret-issued', subject: `device:${id}` });
      return secrets.issue(turn, id);
    },

    /** Everything that is wrong with a file, given what the gateway holds. */
    check(draft: SiteDraft, options: { prune: boolean }): CheckedSite {
      return checkSiteFile(draft, state(), context, options);
    },
    /** @throws site.invalid naming file:line:column of everything wrong */
    plan(draft: SiteDraft, options: { prune: boolean }): SitePlan {
      const current = state();
      const { site, changes } = accepted(draft, checkSiteFile(draft, current, context, options));
      return describePlan(current, changes, site);
    },
    /**
     * Brings the site to what the file says.
     * @throws site.invalid naming file:line:column of everything wrong; auth.forbidden when it touches what the actor may not see
     */
    apply(turn: Turn, draft: SiteDraft, options: { prune: boolean }): SitePlan {
      const current = present();
      const { site, changes } = accepted(draft, checkSiteFile(draft, current, context, options));
      forbidPrivate(turn, changes);
      const plan = describePlan(current, changes, site);
      if (changes.length === 0) return plan;
      put(turn, changes);
      turn.audit({
        action: 'site.applied',
        subject: `site:${site.site.id}`,
        detail: {
          prune: options.prune,
          added: plan.add.map(({ class: name, id }) => `${name}/${id}`),
          changed: plan.change.map(({ class: name, id }) => `${name}/${id}`),
          removed: plan.remove.map(({ class: name, id }) => `${name}/${id}`),
        },
      });
      return plan;
    },

    updateSettings(turn: Turn, fields: Partial<Pick<SiteSettings, 'name' | 'timeZone'>>): SiteSettings {
      const before = settings.get(settingsKey);
      if (!before) throw fault('state.conflict', 'the site has no key yet; apply a site file first');
      const after = { ...before, ...fields };
      change(turn, [{ class: 'site', id: after.id, before, after }], (problems) => invalid(problems));
      turn.audit({ action: 'site.changed', subject: `site:${after.id}`, detail: fields });
      return after;
    },
    /** Adds a device; the same one again is the same answer. */
    addDevice(turn: Turn, device: Device): Device {
      add(turn, [newDevice(device)], (problems) => invalid(problems, device.id));
      return device;
    },
    /** Adds a link likewise. */
    addLink(turn: Turn, link: Link): Link {
      add(turn, [newLink(link)], (problems) => invalid(problems, link.id));
      return link;
    },
    /**
     * Adds a device with the area and the link that it needs, likewise; all or nothing.
     * @throws site.invalid: of the device at its fields, of the others at `areas.…` and `links.…`
     */
    addTogether(turn: Turn, addition: Addition): Addition {
      const { area: place, link, device } = addition;
      const things = [
        ...(place ? [newArea(place)] : []),
        ...(link ? [newLink(link)] : []),
        newDevice(device),
      ];
      add(turn, things, (problems) => invalid(problems, device.id));
      return addition;
    },
    /**
     * What would be wrong with a device that the site does not have yet, at its own fields. Where it stands does not matter, and one
     * that has its address already is passed over.
     * @param link a new one by which it would be reached, with its own problems
     */
    problemsWith: (device: Device, link?: Link): SiteProblem[] =>
      problemsWith(state(), device, context, link),
    replaceDevice(turn: Turn, device: Device): Device {
      const before = tables.devices.get(device.id);
      if (!before) throw fault('not.found', `there is no device "${device.id}"; add it with POST /devices`);
      const after = JSON.parse(JSON.stringify(device)) as Device;
      if (isDeepStrictEqual(before, after)) return before;
      change(turn, [{ class: 'devices', id: device.id, before, after }], (problems) =>
        invalid(problems, device.id),
      );
      turn.audit({ action: 'device.changed', subject: `device:${device.id}`, detail: { before, after } });
      return after;
    },
    removeDevice(turn: Turn, id: string): void {
      const before = tables.devices.get(id);
      if (!before) throw fault('not.found', `there is no device "${id}"`);
      change(turn, [{ class: 'devices', id, before, after: null }], (problems) =>
        fault(
          'state.conflict',
          `"${id}" is still used by ${[...new Set(problems.map((one) => (one.class === 'site' ? 'the site' : `${nouns[one.class]} "${one.id}"`)))].join(', ')}; change or remove these first`,
        ),
      );
      turn.audit({ action: 'device.removed', subject: `device:${id}`, detail: { before } });
    },
  };
}
