import type { LinkTrouble } from '../contract/link-trouble.ts';
import type { Actor } from '../contract/permissions.ts';
import type { Scan, ScanFind, ScanRequest } from '../contract/scan.ts';
import type { Link, UhppoteLink } from '../contract/site.ts';
import type { Clock } from '../lib/clock.ts';
import { asError, fault } from '../lib/errors.ts';
import type { AskFailure, AskObserver } from './exchange.ts';
import type { GuestLinks } from './guest-links.ts';
import type { Links } from './links.ts';
import type { MeterSearch } from './meter-search-exchange.ts';
import { checkRequest, usualRequest } from './scan-request.ts';
import { foundAt } from './uhppote-search.ts';
import type { FoundController } from './uhppote-wire.ts';

/** What a scan has found, before it is known what of it the site has. */
type Found = Omit<ScanFind, 'devices'>;

interface Job extends Omit<Scan, 'finds'> {
  finds: Found[];
  /** It goes over a link that the site does not have. */
  guest: boolean;
  /** Aborted at its end. */
  over: AbortController;
}

/** A link that the site does not have, and who asks over it. */
export interface GuestScan {
  link: Link;
  actor: Actor;
}

/** What is asked over: the links of the site, or one that is opened for the scan. */
type Over = Pick<Links, 'ask' | 'meters'>;

/** So many scans over links that the site does not have are remembered. */
const mostGuestJobs = 16;

/** The questions by which a meter is found, the form of today first. */
const searches: Record<'dlt645' | 'cjt188', readonly MeterSearch[]> = {
  dlt645: [
    { protocol: 'dlt645', edition: 2007 },
    { protocol: 'dlt645', edition: 1997 },
  ],
  cjt188: [
    { protocol: 'cjt188', identifierHighFirst: false },
    { protocol: 'cjt188', identifierHighFirst: true },
  ],
};

const collision =
  'several meters answered at once, or one speaks otherwise than the line is set: leave one meter on the pair of wires, and compare baud rate and parity (meters use even)';

/** An answer that says that a unit is not there comes from a gateway before it (exceptions 0A and 0B). */
const unitUnreached: readonly number[] = [0x0a, 0x0b];

/** How a unit that has failed to answer has shown that it is there; null: it has not. */
function trace({ error, fault }: AskFailure): Found['how'] | null {
  if (fault.code === 'exception') return unitUnreached.includes(fault.exception) ? null : 'exception';
  return error === 'broken' && fault.code !== 'other-unit' ? 'garbled' : null;
}

/** Notes how long an answer took. */
function stopwatch(clock: Clock): AskObserver & { ms(): number } {
  let sentMono = 0;
  let lastMono = 0;
  return {
    sent() {
      sentMono = clock.now().monoMs;
      lastMono = sentMono;
    },
    received() {
      lastMono = clock.now().monoMs;
    },
    ms: () => Math.ceil(lastMono - sentMono),
  };
}

/** Looks for what is on a line, between the polls of its devices; one scan at a time on each link. */
export function createScans(deps: {
  clock: Clock;
  links: Over;
  guests: Pick<GuestLinks, 'check' | 'use'>;
  /** Puts on the record who opens a link that the site does not have; done before it is opened. */
  recordScanned(link: Link, by: Actor): Promise<void>;
  controllers: {
    /** Everybody who answers on the network of a link. @param guest the site does not have it */
    search(link: UhppoteLink, guest: boolean): Promise<FoundController[]>;
    /** The device of the site that a controller is. */
    deviceOf(serial: number): string | null;
  };
  link(id: string): Link | undefined;
  /** The devices of the site that have an address on a link. */
  devicesAt(link: string, address: string): string[];
}) {
  const { clock } = deps;
  const jobs = new Map<string, Job>();

  function devicesOf({ link, request }: Job, address: string): string[] {
    if (request.protocol !== 'uhppote') return deps.devicesAt(link, address);
    const device = deps.controllers.deviceOf(Number(address));
    return device === null ? [] : [device];
  }

  function view(job: Job): Scan {
    const { finds, guest: _guest, over: _over, ...rest } = job;
    return { ...rest, finds: finds.map((find) => ({ ...find, devices: devicesOf(job, find.address) })) };
  }

  function end(job: Job, state: Exclude<Scan['state'], 'running'>, problem: Scan['problem'] = null): void {
    if (job.state !== 'running') return;
    Object.assign(job, { state, problem, endedAt: clock.now().wallMs });
    job.over.abort();
  }

  const lineDown = (words: string, trouble: LinkTrouble | null = null): Scan['problem'] => ({
    ...{ code: 'line-down', words, trouble },
  });

  /** First every unit with function 3, then with function 4 those that were silent: what is there is found early. */
  async function scanUnits(
    job: Job,
    links: Over,
    { from, to }: Extract<ScanRequest, { protocol: 'modbus' }>,
  ): Promise<void> {
    let open = Array.from({ length: to - from + 1 }, (_, i) => from + i);
    for (const fc of [3, 4] as const) {
      const silent: number[] = [];
      for (const unit of open) {
        const watch = stopwatch(clock);
        const read = { protocol: 'modbus', unit, fc, address: 0, quantity: 1 } as const;
        const outcome = await links.ask(job.link, read, watch);
        if (job.state !== 'running') return;
        if (!outcome.ok && outcome.error === 'line-down') return end(job, 'failed', lineDown(outcome.words));
        const how = outcome.ok ? 'answer' : trace(outcome);
        if (how === null) silent.push(unit);
        else job.finds.push({ address: String(unit), how, ms: watch.ms(), at: null });
        // Who is found is not asked again.
        job.asked += how !== null && fc === 3 ? 2 : 1;
      }
      open = silent;
    }
    job.finds.sort((a, b) => Number(a.address) - Number(b.address));
    end(job, 'done');
  }

  async function scanMeters(job: Job, links: Over, protocol: 'dlt645' | 'cjt188'): Promise<void> {
    let garbled = false;
    for (const search of searches[protocol]) {
      const startedMono = clock.now().monoMs;
      const outcome = await links.meters(job.link, search);
      if (job.state !== 'running') return;
      if (!outcome.ok) return end(job, 'failed', lineDown(outcome.words));
      job.asked++;
      const ms = Math.round(clock.now().monoMs - startedMono);
      for (const address of outcome.value.addresses) job.finds.push({ address, how: 'answer', ms, at: null });
      garbled ||= outcome.value.garbled;
      if (job.finds.length > 0) break;
    }
    job.asked = job.total;
    end(job, 'done', garbled ? { code: 'collision', words: collision, trouble: null } : null);
  }

  async function scanControllers(job: Job, link: UhppoteLink): Promise<void> {
    const found = await deps.controllers.search(link, job.guest);
    if (job.state !== 'running') return;
    for (const { ms, ...one } of found)
      job.finds.push({ address: String(one.serial), how: 'answer', ms, at: foundAt(one) });
    job.asked = job.total;
    end(job, 'done');
  }

  function overLine(job: Job, links: Over): Promise<void> {
    const { request } = job;
    if (request.protocol === 'modbus') return scanUnits(job, links, request);
    return request.protocol === 'uhppote' ? Promise.resolve() : scanMeters(job, links, request.protocol);
  }

  async function run(job: Job, link: Link, by: Actor | undefined): Promise<void> {
    if (by) await deps.recordScanned(link, by);
    if (job.state !== 'running') return;
    if (link.kind === 'uhppote') return scanControllers(job, link);
    if (!job.guest) return overLine(job, deps.links);
    return deps.guests.use(link, job.over.signal, async (guest) => {
      if (job.state !== 'running') return;
      const { state, error, trouble } = guest.state();
      if (state === 'up') await overLine(job, guest);
      else end(job, 'failed', lineDown(`link "${link.id}" is down: ${error ?? 'it is not open'}`, trouble));
    });
  }

  function known(id: string): Link {
    const link = deps.link(id);
    if (link) return link;
    jobs.delete(id);
    throw fault('not.found', `there is no link "${id}"`);
  }

  /** The scan of a link that runs or was the last: of one of the site, or of one that was asked over before it is of it. */
  function jobOf(id: string): Job | undefined {
    const job = jobs.get(id);
    if (!job?.guest) known(id);
    return job;
  }

  function newOne(id: string, link: Link): Link {
    const words =
      link.id !== id
        ? `the path names link "${id}", "newLink" is "${link.id}": give both the same key`
        : deps.link(id)
          ? `the site has a link "${id}" already: scan it without "newLink", or choose another key`
          : null;
    if (words !== null)
      throw fault('request.invalid', words, { errors: [{ path: 'newLink.id', message: words }] });
    deps.guests.check(link);
    return link;
  }

  /** The oldest scan over a link of its own that has ended makes room. */
  function makeRoom(): void {
    const guests = [...jobs].filter(([, { guest }]) => guest);
    if (guests.length < mostGuestJobs) return;
    const [over] = guests.find(([, { state }]) => state !== 'running') ?? [];
    if (over === undefined)
      throw fault('queue.full', `${mostGuestJobs} scans are under way already; wait for one of them to end`);
    jobs.delete(over);
  }

  return {
    /**
     * Begins to look; `progress` tells what has been found. Without a request: what the link is for.
     * @param guest a link that the site does not have: it is opened for this scan
     * @throws not.found, state.conflict when one runs already or the link does not carry it, request.invalid, queue.full
     */
    start(id: string, wanted?: ScanRequest, guest?: GuestScan): Scan {
      const link = guest ? newOne(id, guest.link) : known(id);
      const request = wanted ?? usualRequest(link);
      checkRequest(link, request);
      if (jobs.get(id)?.state === 'running')
        throw fault(
          'state.conflict',
          `link "${id}" is being scanned already; stop that scan, or wait for it`,
        );
      const total =
        request.protocol === 'modbus'
          ? 2 * (request.to - request.from + 1)
          : request.protocol === 'uhppote'
            ? 1
            : searches[request.protocol].length;
      if (guest) makeRoom();
      const job: Job = {
        ...{ link: id, request, state: 'running', asked: 0, total, finds: [], problem: null },
        ...{ startedAt: clock.now().wallMs, endedAt: null, guest: guest !== undefined },
        over: new AbortController(),
      };
      jobs.delete(id);
      jobs.set(id, job);
      run(job, link, guest?.actor).catch((error: unknown) =>
        end(job, 'failed', lineDown(asError(error).message)),
      );
      return view(job);
    },
    /** The scan of a link that runs, or the last one. @throws not.found */
    progress(id: string): Scan {
      const job = jobOf(id);
      if (!job) throw fault('not.found', `link "${id}" has not been scanned since the gateway started`);
      return view(job);
    },
    /** No further question is asked; what was found stays. @throws not.found */
    stop(id: string): Scan {
      const job = jobOf(id);
      if (!job) throw fault('not.found', `link "${id}" is not being scanned`);
      end(job, 'stopped');
      return view(job);
    },
    close(): void {
      for (const job of jobs.values()) end(job, 'stopped');
    },
  };
}
export type Scans = ReturnType<typeof createScans>;
