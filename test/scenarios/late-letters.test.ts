import { afterEach, expect, test } from 'vitest';
import type { StoredEvent } from '../../gateway/contract/event.ts';
import { systemClock } from '../../gateway/lib/clock.ts';
import { type House, startHouse } from '../house.ts';

// What was not understood on one day is read again on a later one, when other things have happened since.

const dayMs = 86_400_000;

const siteOf = (type: string) => `
site: { id: garden, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
devices: [{ id: button-1, type: ${type}, name: 岗亭紧急按钮, area: compound }]
`;

let house: House | undefined;
afterEach(() => house?.close());

test.each([1, 10])(
  'a restore that is read again %i day(s) later ends no alarm that came since',
  async (days) => {
    // Taken for another thing, until the site says what it is.
    house = await startHouse({ site: siteOf('native-lift') });
    const says = (type: string, receivedAt: number) =>
      new Promise<void>((done) =>
        house?.gateway.field.mqtt(
          {
            ...{
              principal: { kind: 'device', id: 'button-1', prefixes: [] },
              topic: 'gatehouse/button-1/events',
            },
            ...{
              payload: Buffer.from(JSON.stringify({ id: `e${receivedAt}`, type })),
              qos: 1,
              retain: false,
              dup: false,
              will: false,
            },
            receivedAt,
          },
          () => done(),
        ),
      );
    const sent = Date.now();
    await says('tamper.restore', sent);

    const later = () => Date.now() + days * dayMs;
    await house.restart({
      clock: {
        now: () => ({ wallMs: later(), monoMs: performance.now() }),
        wakeAfter: systemClock.wakeAfter,
      },
    });
    await house.applySite(siteOf('native-panic-button'));
    await says('tamper', later());
    const tamper = async () => (await house?.openAlarms())?.find(({ device }) => device === 'button-1');
    const standing = await tamper();
    expect(standing?.title.zh).toContain('被拆');

    const [letter] = (await house.api<{ items: { id: string }[] }>('GET', '/dead-letters')).body.items;
    expect(await house.api('POST', `/dead-letters/${letter?.id}/rerun`)).toEqual({
      status: 200,
      body: { outcome: 'taken' },
    });
    expect(await tamper()).toEqual(standing);
    const { body } = await house.api<{ items: StoredEvent[] }>('GET', '/events?device=button-1');
    const restore = body.items.find(({ type }) => type === 'tamper.restore');
    expect(restore).toMatchObject({ occurredAt: sent, late: true, deviceTimeUsed: false });
    expect(restore?.receivedAt).toBeGreaterThanOrEqual(sent + days * dayMs);

    // One of today does end it.
    await says('tamper.restore', later());
    expect((await tamper())?.state).not.toBe(standing?.state);
  },
);
