import { describe, expect, test } from 'vitest';
import { apartOf, instanceOf } from '../gateway/alarms/seed.ts';
import { loadCatalogue } from '../gateway/devices/catalogue.ts';
import {
  type PanelEvent,
  panelEventOf,
  panelEventOfLetter,
  panelEventOfSia,
} from '../gateway/devices/panel-events.ts';
import { silentLog } from '../gateway/lib/log.ts';
import type { ContactIdQualifier } from '../gateway/protocols/contact-id/codec.ts';
import { contactIdEvents } from '../gateway/protocols/contact-id/events.ts';
import { siaCodes, siaMeaning } from '../gateway/protocols/sia-dc03/codes.ts';

// Over all codes of a home panel: what ends closes what began, and nothing else.

const kind = loadCatalogue({ siteDir: null, log: silentLog }).kinds.get('home-alarm-panel');
const definitions = Object.entries(kind?.alarms ?? {});

/** The causes that an event raises or clears, as the alarms room tells them apart. */
function causes(event: PanelEvent, by: 'event' | 'clearedBy'): string[] {
  return definitions.flatMap(([name, definition]) => {
    const { on } = definition;
    if (on.rule !== 'event' || on[by] !== event.type) return [];
    const rule = { device: 'panel', name, definition, on };
    return [[name, instanceOf(rule, event.data), apartOf(rule, event.data)].join('/')];
  });
}

/** Those that last until their end is told. */
function lasting(event: PanelEvent): string[] {
  const ends = new Set(
    definitions.flatMap(([name, { on }]) => (on.rule === 'event' && on.clearedBy ? [name] : [])),
  );
  return causes(event, 'event').filter((cause) => ends.has(cause.split('/')[0] ?? ''));
}

interface Code {
  code: string;
  /** The same for codes of which the end of one is the end of the other. */
  like: string;
  began: PanelEvent;
  over: PanelEvent[];
}

/** What is wrong with the ends of these codes. */
function wrongEnds(codes: readonly Code[]): string[] {
  return codes.flatMap(({ code, like, began, over }) => {
    const raised = lasting(began);
    const unclosed =
      raised.length > 0 &&
      (over.length === 0 || over.some((end) => !causes(end, 'clearedBy').includes(raised[0] ?? '')));
    const strangers = codes
      .filter((other) => other.like !== like)
      .filter((other) =>
        other.over.some((end) => causes(end, 'clearedBy').some((cause) => raised.includes(cause))),
      )
      .map((other) => `${code} is closed by the end of ${other.code}`);
    return unclosed ? [`${code} is not closed by its own end`, ...strangers] : strangers;
  });
}

describe('Contact ID', () => {
  const tell = (event: string, qualifier: ContactIdQualifier, zone = '003', partition = '01') =>
    panelEventOf({
      account: '1234',
      messageType: '18',
      qualifier,
      event,
      partition,
      zoneOrUser: zone,
    } as never);
  const codes = [...contactIdEvents.keys()].map(
    (code): Code => ({ code, like: code, began: tell(code, 1), over: [tell(code, 3)] }),
  );

  test('the end of each code closes what that code raised, and of no other code', () => {
    expect(codes.length).toBeGreaterThan(150);
    expect(codes.filter(({ began }) => lasting(began).length > 0).length).toBeGreaterThan(80);
    expect(wrongEnds(codes)).toEqual([]);
  });

  test('a zone’s end closes neither another zone’s alarm nor the same zone’s of another partition', () => {
    for (const code of ['130', '110', '120', '144', '371', '372', '380', '384', '342', '333']) {
      const raised = lasting(tell(code, 1));
      expect(raised).toHaveLength(1);
      for (const other of [tell(code, 3, '004'), tell(code, 3, '003', '02')])
        expect(causes(other, 'clearedBy')).not.toContain(raised[0]);
    }
  });
});

test('SIA: the end of each code closes what was raised with its letters or with letters alike, and nothing else', () => {
  const tell = (code: string) => panelEventOfSia({ code, point: '3', area: '1', user: null });
  const listed = [...siaCodes];
  const codes = listed
    .filter((code) => siaMeaning(code)?.qualifier === 1)
    .map((code): Code => {
      const like = siaMeaning(code)?.began ?? '';
      const ends = listed.filter(
        (other) => siaMeaning(other)?.qualifier === 3 && siaMeaning(other)?.began === like,
      );
      return { code, like, began: tell(code), over: ends.map(tell) };
    });
  expect(codes.filter(({ began }) => lasting(began).length > 0).length).toBeGreaterThan(35);
  expect(wrongEnds(codes)).toEqual([]);
  // A check sum that failed, a watchdog: told, and with no end to wait for.
  for (const code of ['YF', 'YU']) {
    expect(causes(tell(code), 'event')).toHaveLength(1);
    expect(lasting(tell(code))).toEqual([]);
  }
});

test('the letters of a receiver’s basic format end what they began', () => {
  for (const [began, over] of [
    ['A', 'R'],
    ['T', 'J'],
  ] as const) {
    const raised = lasting(panelEventOfLetter(began, '3'));
    expect(raised).toHaveLength(1);
    expect(causes(panelEventOfLetter(over, '3'), 'clearedBy')).toContain(raised[0]);
    expect(causes(panelEventOfLetter(over, '4'), 'clearedBy')).not.toContain(raised[0]);
  }
});
