import { describe, expect, test } from 'vitest';
import type { Watched } from './life-signs.ts';
import { createSupervision } from './supervision.ts';

function watched(id: string, more: Partial<Watched> = {}): Watched {
  return {
    id,
    intervalMs: 90_000,
    silence: 'stale',
    silentWhy: 'silence',
    badAfterMs: 90_000,
    unsupervised: false,
    parent: null,
    sources: null,
    bindings: [],
    ways: [],
    ...more,
  };
}

function watching(...devices: Watched[]) {
  const supervision = createSupervision();
  supervision.watch(devices, 0);
  return supervision;
}

describe('one device', () => {
  test('is unknown until it is first heard, and online from then on', () => {
    const supervision = watching(watched('tank'));
    expect(supervision.judge('tank', 0)).toEqual({ state: 'unknown', why: null });
    supervision.heard('tank', 10, 'good');
    expect(supervision.judge('tank', 10)).toEqual({ state: 'online', why: null });
  });

  test('that has never been heard is stale after one full interval from the start, not before', () => {
    const supervision = watching(watched('tank'));
    expect(supervision.judge('tank', 89_999).state).toBe('unknown');
    expect(supervision.judge('tank', 90_000)).toEqual({ state: 'stale', why: 'silence' });
  });

  test('is lost exactly one interval after its last sign of life', () => {
    const supervision = watching(watched('tank'));
    supervision.heard('tank', 50_000, 'good');
    expect(supervision.judge('tank', 139_999).state).toBe('online');
    expect(supervision.judge('tank', 140_000).state).toBe('stale');
    supervision.heard('tank', 140_001, null);
    expect(supervision.judge('tank', 140_001).state).toBe('online');
  });

  test('that is asked is not called silent but without answer', () => {
    const supervision = watching(watched('io', { silence: 'offline', silentWhy: 'poll timeout' }));
    expect(supervision.judge('io', 90_000)).toEqual({ state: 'offline', why: 'poll timeout' });
  });

  test('whose readings are not what counts is offline by silence', () => {
    const supervision = watching(watched('door', { silence: 'offline' }));
    expect(supervision.judge('door', 90_000)).toEqual({ state: 'offline', why: 'silence' });
  });

  test('with a connection that proves its life may be silent, unless its readings are what counts', () => {
    const supervision = watching(watched('door', { silence: 'offline' }), watched('tank'));
    supervision.connected('door', true);
    supervision.connected('tank', true);
    expect(supervision.judge('door', 500_000).state).toBe('online');
    expect(supervision.judge('tank', 500_000).state).toBe('stale');
    supervision.connected('door', false);
    expect(supervision.judge('door', 500_000).state).toBe('offline');
  });

  test('that its will or its polls declare gone is offline at once, until it is heard again', () => {
    const supervision = watching(watched('tank'));
    supervision.heard('tank', 5, 'good');
    supervision.lost('tank', 'will', 6);
    expect(supervision.judge('tank', 6)).toEqual({ state: 'offline', why: 'will' });
    supervision.heard('tank', 7, null);
    expect(supervision.judge('tank', 7).state).toBe('online');
  });

  test('that sends nothing but bad values for an interval is stale; one good value ends it', () => {
    const supervision = watching(watched('tank'));
    supervision.heard('tank', 0, 'good');
    for (let at = 1; at <= 90_001; at += 10_000) supervision.heard('tank', at, 'bad');
    expect(supervision.judge('tank', 90_000).state).toBe('online');
    expect(supervision.judge('tank', 90_001)).toEqual({ state: 'stale', why: 'bad values' });
    supervision.heard('tank', 90_002, 'good');
    expect(supervision.judge('tank', 90_002).state).toBe('online');
  });

  test('that refuses everything is stale as soon, and says so', () => {
    const supervision = watching(watched('io', { silence: 'offline', intervalMs: 2_000, badAfterMs: 2_000 }));
    supervision.heard('io', 0, 'good');
    for (let at = 250; at <= 2_250; at += 250) supervision.heard('io', at, 'refused');
    expect(supervision.judge('io', 2_249).state).toBe('online');
    expect(supervision.judge('io', 2_250)).toEqual({ state: 'stale', why: 'poll refused' });
  });

  test('whose silence says nothing is stale all the same when nothing that it sends can be used', () => {
    const supervision = watching(watched('leak', { silence: 'offline', intervalMs: null }));
    supervision.heard('leak', 0, 'good');
    supervision.heard('leak', 10, 'bad');
    expect(supervision.due(90_009, () => ({ state: 'online', why: null }))).toEqual([]);
    expect(supervision.due(90_010, () => ({ state: 'online', why: null }))).toMatchObject([
      { device: 'leak', judged: { state: 'stale', why: 'bad values' } },
    ]);
  });

  test('that has sent nothing but bad values since the start does not pass for well meanwhile', () => {
    const supervision = watching(watched('tank'));
    for (let at = 0; at < 90_000; at += 10_000) {
      supervision.heard('tank', at, 'bad');
      expect(supervision.judge('tank', at).state).toBe('unknown');
    }
    expect(supervision.judge('tank', 90_000).state).toBe('stale');
  });

  test('that comes back from its loss with bad values is stale at once: there is no moment in between', () => {
    const supervision = watching(watched('io', { silence: 'offline' }));
    supervision.heard('io', 0, 'good');
    for (let at = 10; at < 100_000; at += 1_000) {
      supervision.lost('io', 'poll timeout', at);
      expect(supervision.judge('io', at).state).toBe('offline');
      supervision.heard('io', at + 500, 'refused');
      expect(supervision.judge('io', at + 500)).toEqual({ state: 'stale', why: 'poll refused' });
    }
    supervision.heard('io', 100_000, 'good');
    expect(supervision.judge('io', 100_000).state).toBe('online');
    // From silence, too.
    supervision.heard('io', 190_000, 'bad');
    expect(supervision.judge('io', 190_000)).toEqual({ state: 'stale', why: 'bad values' });
  });

  test('stays stale over its loss and a connection that comes back, until it sends a usable value', () => {
    const supervision = watching(watched('io', { silence: 'offline' }));
    supervision.heard('io', 0, 'good');
    for (let at = 1; at <= 90_001; at += 10_000) supervision.heard('io', at, 'bad');
    supervision.lost('io', 'will', 90_001);
    supervision.heard('io', 200_000, null);
    expect(supervision.judge('io', 200_000)).toEqual({ state: 'stale', why: 'bad values' });
    supervision.heard('io', 200_001, 'good');
    expect(supervision.judge('io', 200_001).state).toBe('online');
  });

  test('is well after its loss when its bad values before that were too few to count', () => {
    const supervision = watching(watched('io', { silence: 'offline' }));
    supervision.heard('io', 0, 'good');
    supervision.heard('io', 1_000, 'bad');
    supervision.lost('io', 'will', 2_000);
    supervision.heard('io', 200_000, null);
    expect(supervision.judge('io', 200_000).state).toBe('online');
  });

  test('that a way took along while it was stale is stale when the way is back; bad values of before count anew', () => {
    const ways = ['broker'];
    const supervision = watching(watched('a', { ways }), watched('b', { ways }));
    for (const id of ['a', 'b']) supervision.heard(id, 0, 'good');
    for (let at = 1; at <= 90_001; at += 10_000) supervision.heard('a', at, 'bad');
    supervision.heard('b', 60_000, 'good');
    supervision.heard('b', 90_000, 'bad');
    supervision.way('broker', { why: 'link down', cause: 'broker' }, 90_001);
    expect(supervision.judge('a', 90_001).state).toBe('offline');
    supervision.way('broker', null, 500_000);
    expect(supervision.judge('a', 500_000).state).toBe('stale');
    expect(supervision.judge('b', 500_000).state).toBe('online');
  });

  test('whose point should move and does not is stale, by the name of the point', () => {
    const supervision = watching(watched('tank'));
    supervision.moved('tank', 'level', 0, 3_600_000);
    for (let at = 0; at <= 3_600_000; at += 60_000) supervision.heard('tank', at, 'good');
    expect(supervision.judge('tank', 3_600_000)).toEqual({ state: 'stale', why: 'no change: level' });
    supervision.moved('tank', 'level', 3_600_001, 3_600_000);
    expect(supervision.judge('tank', 3_600_001).state).toBe('online');
  });

  test('of an unsupervised kind is never lost', () => {
    const supervision = watching(watched('camera', { unsupervised: true }));
    supervision.heard('camera', 1, 'good');
    supervision.lost('camera', 'will', 2);
    expect(supervision.judge('camera', 1e9).state).toBe('online');
  });

  test('whose silence says nothing is lost only when it is told to be', () => {
    const supervision = watching(watched('reader', { intervalMs: null, silence: 'offline' }));
    expect(supervision.judge('reader', 1e9).state).toBe('unknown');
    supervision.lost('reader', 'link down', 1);
    expect(supervision.judge('reader', 1e9)).toEqual({ state: 'offline', why: 'link down' });
  });
});

describe('devices that follow others', () => {
  test('the loss of the parent is the cause of the loss of its children, however deep', () => {
    const supervision = watching(
      watched('receiver'),
      watched('home', { parent: 'receiver', intervalMs: null }),
      watched('sensor', { parent: 'home', intervalMs: null }),
    );
    supervision.heard('home', 1, 'good');
    supervision.lost('receiver', 'link down', 2);
    expect(supervision.judge('home', 2)).toEqual({ state: 'offline', why: 'parent lost', cause: 'receiver' });
    expect(supervision.judge('sensor', 2)).toEqual({
      state: 'offline',
      why: 'parent lost',
      cause: 'receiver',
    });
    supervision.heard('receiver', 3, null);
    expect(supervision.judge('home', 3).state).toBe('online');
    expect(supervision.judge('sensor', 3).state).toBe('unknown');
  });

  test('a device for which its parent speaks is as well as that, heard or not', () => {
    const supervision = watching(
      watched('controller', { silence: 'offline' }),
      watched('door', { parent: 'controller', intervalMs: null, throughParent: true }),
    );
    expect(supervision.judge('door', 1)).toEqual({ state: 'unknown', why: null });
    supervision.heard('controller', 1, null);
    expect(supervision.judge('door', 1)).toEqual({ state: 'online', why: null });
    expect(supervision.judge('door', 90_001)).toEqual({
      state: 'offline',
      why: 'parent lost',
      cause: 'controller',
    });
    expect(supervision.dependants('controller')).toEqual(['door']);
  });

  test('a composed device is as well as the worst of its sources', () => {
    const supervision = watching(
      watched('io-1', { silence: 'offline' }),
      watched('io-2', { silence: 'offline' }),
      watched('pump', { sources: ['io-1', 'io-2'] }),
    );
    supervision.heard('io-1', 1, 'good');
    expect(supervision.judge('pump', 1).state).toBe('unknown');
    supervision.heard('io-2', 1, 'good');
    expect(supervision.judge('pump', 1).state).toBe('online');
    supervision.lost('io-2', 'poll timeout', 2);
    expect(supervision.judge('pump', 2)).toEqual({ state: 'offline', why: 'source lost', cause: 'io-2' });
    expect(supervision.dependants('io-2')).toEqual(['pump']);
  });

  test('a device for which its parent speaks says whose values are bad', () => {
    const supervision = watching(
      watched('controller', { silence: 'offline' }),
      watched('door', { parent: 'controller', intervalMs: null, throughParent: true }),
    );
    supervision.heard('controller', 0, 'good');
    for (let at = 1; at <= 90_001; at += 10_000) supervision.heard('controller', at, 'bad');
    expect(supervision.judge('door', 90_001)).toEqual({
      state: 'stale',
      why: 'parent stale',
      cause: 'controller',
    });
  });

  describe('a composed device', () => {
    const composed = () => {
      const supervision = watching(
        watched('io', { silence: 'offline', intervalMs: 2_000, badAfterMs: 2_000 }),
        watched('zone', { sources: ['io'], bindings: ['tripped', 'tamper'], badAfterMs: 2_000 }),
      );
      supervision.heard('io', 0, 'good');
      for (const name of ['tripped', 'tamper']) supervision.bound('zone', name, true, 0);
      return supervision;
    };

    test('is stale when what it is bound to has no usable value for too long, though its source is well', () => {
      const supervision = composed();
      supervision.bound('zone', 'tripped', false, 1_000);
      for (let at = 1_000; at <= 3_000; at += 250) {
        supervision.heard('io', at, 'good');
        supervision.bound('zone', 'tripped', false, at);
      }
      expect(supervision.judge('zone', 2_999)).toEqual({ state: 'online', why: null });
      expect(supervision.judge('zone', 3_000)).toEqual({ state: 'stale', why: 'no value: tripped' });
      expect(supervision.due(3_000, () => ({ state: 'online', why: null }))).toEqual([
        { device: 'zone', judged: { state: 'stale', why: 'no value: tripped' } },
      ]);
      supervision.bound('zone', 'tripped', true, 3_100);
      expect(supervision.due(3_100, () => ({ state: 'stale', why: 'no value: tripped' }))).toMatchObject([
        { device: 'io' },
        { device: 'zone', judged: { state: 'online' } },
      ]);
    });

    test('names its source when that is lost or stale: one cause is told once', () => {
      const supervision = composed();
      for (const name of ['tripped', 'tamper']) supervision.bound('zone', name, false, 250);
      for (let at = 250; at <= 2_250; at += 250) supervision.heard('io', at, 'refused');
      expect(supervision.judge('zone', 2_250)).toEqual({ state: 'stale', why: 'source stale', cause: 'io' });
      supervision.lost('io', 'poll timeout', 2_300);
      expect(supervision.judge('zone', 2_300)).toEqual({ state: 'offline', why: 'source lost', cause: 'io' });
    });

    test('is not judged by what its source could not deliver while it was lost', () => {
      const supervision = composed();
      supervision.lost('io', 'poll timeout', 1_000);
      for (const name of ['tripped', 'tamper']) supervision.bound('zone', name, false, 1_000);
      expect(supervision.judge('zone', 39_999).state).toBe('offline');
      // The first answer brings other points than these: nobody knows, and what stood goes on standing.
      supervision.heard('io', 40_000, 'good');
      expect(supervision.judge('zone', 40_000)).toEqual({ state: 'unknown', why: null });
      supervision.bound('zone', 'tripped', true, 40_500);
      expect(supervision.judge('zone', 40_500).state).toBe('unknown');
      supervision.heard('io', 41_500, 'good');
      supervision.bound('zone', 'tamper', true, 41_500);
      expect(supervision.judge('zone', 41_500).state).toBe('online');
    });

    test('is stale when its source is back and goes on delivering nothing for it', () => {
      const supervision = composed();
      supervision.lost('io', 'poll timeout', 1_000);
      for (const name of ['tripped', 'tamper']) supervision.bound('zone', name, false, 1_000);
      for (let at = 40_000; at <= 42_000; at += 500) supervision.heard('io', at, 'good');
      expect(supervision.judge('zone', 41_999).state).toBe('unknown');
      expect(supervision.judge('zone', 42_000)).toEqual({ state: 'stale', why: 'no value: tripped' });
    });

    test('that has never had a usable value does not pass for well before it is stale', () => {
      const supervision = watching(
        watched('io', { silence: 'offline' }),
        watched('zone', { sources: ['io'], bindings: ['tripped'] }),
      );
      supervision.heard('io', 0, 'good');
      supervision.bound('zone', 'tripped', false, 0);
      expect(supervision.judge('zone', 0).state).toBe('unknown');
      supervision.heard('io', 50_000, 'good');
      expect(supervision.judge('zone', 90_000).state).toBe('stale');
    });

    test('forgets a binding that was taken away', () => {
      const supervision = composed();
      supervision.bound('zone', 'tamper', false, 0);
      for (let at = 500; at < 5_000; at += 500) supervision.heard('io', at, 'good');
      expect(supervision.judge('zone', 5_000).state).toBe('stale');
      supervision.watch(
        [
          watched('io', { silence: 'offline' }),
          watched('zone', { sources: ['io'], bindings: ['tripped'], badAfterMs: 2_000 }),
        ],
        5_000,
      );
      expect(supervision.judge('zone', 5_000).state).toBe('online');
    });
  });

  test('a ring of parents ends instead of running for ever', () => {
    const supervision = watching(watched('a', { parent: 'b' }), watched('b', { parent: 'a' }));
    expect(['unknown', 'stale']).toContain(supervision.judge('a', 100_000).state);
  });
});

describe('what is due', () => {
  const known = () => undefined;

  test('is nothing before the first deadline, then each device once its own has come', () => {
    const supervision = watching(
      watched('tank'),
      watched('pump', { intervalMs: 30_000, silence: 'offline' }),
    );
    expect(supervision.due(0, known)).toEqual([]);
    expect(supervision.nextDue()).toBe(30_000);
    expect(supervision.due(29_999, known)).toEqual([]);
    expect(supervision.due(30_000, known)).toEqual([
      { device: 'pump', judged: { state: 'offline', why: 'silence' } },
    ]);
    expect(supervision.nextDue()).toBe(90_000);
  });

  test('tells nothing that is known already', () => {
    const supervision = watching(watched('tank'));
    expect(supervision.due(90_000, () => ({ state: 'stale', why: 'silence' }))).toEqual([]);
  });

  test('looks again in time at a device that came back after it was lost', () => {
    const supervision = watching(watched('tank'));
    expect(supervision.due(90_000, known)).toHaveLength(1);
    supervision.heard('tank', 100_000, 'good');
    expect(supervision.nextDue()).toBeLessThanOrEqual(190_000);
    expect(supervision.due(189_999, () => ({ state: 'online', why: null }))).toEqual([]);
    expect(supervision.due(190_000, () => ({ state: 'online', why: null }))).toHaveLength(1);
  });

  test('while storage fails nothing is judged for silence, and afterwards everything has one full interval', () => {
    const supervision = watching(watched('tank'));
    supervision.heard('tank', 0, 'good');
    supervision.hold(true, 80_000);
    expect(supervision.due(200_000, known)).toEqual([]);
    expect(supervision.nextDue()).toBe(Infinity);
    supervision.hold(false, 300_000);
    expect(supervision.due(389_999, () => ({ state: 'online', why: null }))).toEqual([]);
    expect(supervision.due(390_000, () => ({ state: 'online', why: null }))).toEqual([
      { device: 'tank', judged: { state: 'stale', why: 'silence' } },
    ]);
  });

  test('a time in which the gateway could hear nobody is no silence', () => {
    const supervision = watching(
      watched('io', { intervalMs: 2_000 }),
      watched('pump', { intervalMs: 2_000 }),
    );
    supervision.heard('io', 9_000, 'good');
    supervision.heard('pump', 12_900, 'good');
    supervision.deaf(3_500, 13_000);
    const online = () => ({ state: 'online', why: null }) as const;
    expect(supervision.due(14_499, online)).toEqual([]);
    expect(supervision.due(14_500, online)).toMatchObject([{ device: 'io' }]);
    // Heard meanwhile: nothing is put off beyond the moment at which it was asked.
    expect(supervision.judge('pump', 14_999).state).toBe('online');
    expect(supervision.judge('pump', 15_000).state).toBe('stale');
  });

  test('silence counts from when a device can be asked', () => {
    const supervision = watching(watched('io', { intervalMs: 2_000 }));
    supervision.begun('io', 5_000);
    expect(supervision.judge('io', 6_999).state).toBe('unknown');
    expect(supervision.judge('io', 7_000).state).toBe('stale');
  });

  test('devices taken anew keep what is known of them; new ones get a full interval', () => {
    const supervision = watching(watched('tank'));
    supervision.heard('tank', 1_000, 'good');
    supervision.watch([watched('tank'), watched('pump')], 60_000);
    expect(supervision.judge('tank', 60_000).state).toBe('online');
    expect(supervision.judge('tank', 91_000).state).toBe('stale');
    expect(supervision.judge('pump', 149_999).state).toBe('unknown');
    expect(supervision.judge('pump', 150_000).state).toBe('stale');
  });
});
