import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { AccessEvent } from '../../gateway/contract/access.ts';
import { openSerialPair, startOsdpReaders } from '../field-peers.ts';
import { eventually } from '../house.ts';
import { serveHouse } from './served-gateway.ts';

const long = process.env.GATEHOUSE_FAULTS === 'long';
const kills = long ? 30 : 3;

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Wiegand 26 of facility 1 and a card, with its parity. */
function bitsOf(card: number): string {
  const data = (0x10000 + card).toString(2).padStart(24, '0');
  const ones = (text: string) => [...text].filter((bit) => bit === '1').length;
  return `${ones(data.slice(0, 12)) % 2}${data}${1 - (ones(data.slice(12)) % 2)}`;
}

test.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)(
  `cards held to a secure reader while the gateway is killed ${kills} times are all in the log, in their order`,
  { timeout: 60_000 + kills * 20_000 },
  async () => {
    const pair = await openSerialPair();
    open.push(() => pair.close());
    const key = '00112233445566778899AABBCCDDEEFF';
    const readers = await startOsdpReaders(pair.paths[1], `1=${key}`);
    open.push(() => readers.stop());
    const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-osdp-'));
    open.push(() => rmSync(dataDir, { recursive: true, force: true }));
    const house = await serveHouse({
      dataDir,
      devices: [],
      env: { TEST_READER_KEY: key },
      site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links: [{ id: reader-bus, kind: bus, path: ${pair.paths[0]}, protocol: osdp }]
devices:
  - { id: lobby, type: osdp-reader, name: 大堂读卡器, area: compound, link: reader-bus, address: 1, settings: { key: "env:TEST_READER_KEY" } }
`,
    });
    open.push(() => house.close());
    const log = async () => {
      const { body } = await house.api<{ items: AccessEvent[] }>('GET', '/access/events?limit=500');
      return body.items.map(({ card }) => Number.parseInt(card ?? '', 16) & 0xffff).reverse();
    };
    let card = 0;
    for (let kill = 0; kill < kills; kill++) {
      for (let i = 0; i < 5; i++) await readers.steer(`card 1 ${bitsOf(++card)}`);
      // In the midst of them.
      const some = 5 * kill + 1 + (kill % 4);
      await eventually('some are in', async () => (await log()).length >= some, 30_000);
      await house.gateway.kill();
      await house.start();
    }
    const all = await eventually(
      'all are in',
      async () => {
        const cards = await log();
        return cards.at(-1) === card && cards;
      },
      30_000,
    );
    // One that was on disk when the gateway was killed, and not yet acknowledged, the reader tells once more.
    const once = all.filter((one, i) => one !== all[i - 1]);
    expect(once).toEqual(Array.from({ length: card }, (_, i) => i + 1));
    expect(all.length - once.length).toBeLessThanOrEqual(kills);
    expect(readers.lines.some((line) => line.startsWith('bad mac'))).toBe(false);
  },
);
