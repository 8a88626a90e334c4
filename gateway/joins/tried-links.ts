import type { LinkState } from '../contract/device-state.ts';
import type { Actor } from '../contract/permissions.ts';
import type { Link } from '../contract/site.ts';
import type { Trial, TrialDraft } from '../contract/trial.ts';
import { fault } from '../lib/errors.ts';
import type { GuestLinks } from '../links/guest-links.ts';
import type { Links } from '../links/links.ts';
import type { Site } from '../site/site.ts';
import type { TrialAnswer } from './trial-answer.ts';

/** The link by which a device is tried, as far as a trial needs it: one of the site, or one that is opened for the trial. */
export interface TriedLink {
  doc: Link;
  ask: Links['ask'];
  tryReader: Links['tryReader'];
  state(): LinkState | undefined;
}

export interface TriedLinksDeps {
  site: Pick<Site, 'get'>;
  links: Pick<Links, 'ask' | 'tryReader'>;
  guests: Pick<GuestLinks, 'check' | 'use'>;
  /** Puts on the record who opens a link that the site does not have; done before it is opened. */
  recordTried(link: Link, by: Actor): Promise<void>;
  linkState(id: string): LinkState | undefined;
}

/** Who tries. */
export interface TrialBy {
  actor: Actor;
  /** Ends the waiting: whoever asked has gone. */
  signal: AbortSignal;
}

/** Tells that a link is down, with its own words; false: it is not. */
export function isDown(
  { fail }: TrialAnswer,
  { doc, state: now }: Pick<TriedLink, 'doc' | 'state'>,
): boolean {
  const state = now();
  if (state?.state === 'up') return false;
  const why = state?.error ?? (state ? 'it is still being opened; try again in a moment' : 'it is not open');
  const trouble = state?.trouble;
  fail({ code: 'line-down', ...(trouble && { trouble }) }, `link "${doc.id}" is down: ${why}`);
  return true;
}

export type TriedLinks = ReturnType<typeof createTriedLinks>;

export function createTriedLinks(deps: TriedLinksDeps) {
  const { site, links, guests, linkState } = deps;
  return {
    /** @throws request.invalid when a new link is not the one that the device names, or is not new; state.conflict as a guest link does */
    check({ link, newLink }: TrialDraft): void {
      if (!newLink) return;
      const words =
        newLink.id !== link
          ? `the device is on link ${JSON.stringify(link)}, "newLink" is "${newLink.id}": give both the same key`
          : site.get('links', newLink.id)
            ? `the site has a link "${newLink.id}" already: leave "newLink" out, or choose another key`
            : null;
      if (words !== null)
        throw fault('request.invalid', words, { errors: [{ path: 'newLink.id', message: words }] });
      guests.check(newLink);
    },
    /** The link of a device that is asked on a socket of its own. @throws not.found */
    async linkOf({ newLink }: TrialDraft, id: string, { actor }: TrialBy): Promise<Link> {
      if (newLink) await deps.recordTried(newLink, actor);
      const doc = newLink ?? site.get('links', id);
      if (!doc) throw fault('not.found', `there is no link "${id}"`);
      return doc;
    },
    /** Does something over the link of a device. @throws not.found, and as a guest link does */
    async over(
      { newLink }: TrialDraft,
      id: string | undefined,
      { actor, signal }: TrialBy,
      work: (link: TriedLink) => Promise<Trial>,
    ): Promise<Trial> {
      if (newLink) {
        await deps.recordTried(newLink, actor);
        return guests.use(newLink, signal, ({ ask, tryReader, state }) =>
          work({ doc: newLink, ask, tryReader, state }),
        );
      }
      const doc = site.get('links', id ?? '');
      if (!doc) throw fault('not.found', `there is no link "${id}"`);
      const { ask, tryReader } = links;
      return work({ doc, ask, tryReader, state: () => linkState(doc.id) });
    },
  };
}
