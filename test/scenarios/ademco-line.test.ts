import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Alarm } from '../../gateway/contract/alarm.ts';
import type { DeviceState } from '../../gateway/contract/device-state.ts';
import { openSerialLine, type SerialLine } from '../field-peers.ts';
import { eventually, type House, type LiveWatch, startHouse } from '../house.ts';

// Two receivers on serial ports: an Ademco 685, and a Sur-Gard System III, whose line numbers have three characters. socat holds the
// far ends; frames are written out by hand after the MX8000 guide §8.5 and the SG Automation Output.

const ack = 0x06;
const nak = 0x15;
const ademco = (text: string) => `\n${text}\r`;
const surgard = (text: string) => `${text}\x14`;

let lines: [SerialLine, SerialLine];
let house: House;
let live: LiveWatch;

describe.skipIf(process.env.GATEHOUSE_SKIP_SOCAT)('receivers on serial ports', () => {
  beforeAll(async () => {
    lines = await Promise.all([openSerialLine(), openSerialLine()]);
    house = await startHouse({
      site: `
site: { id: test, name: 测试小区 }
areas: [{ id: compound, name: 小区, kind: site }]
links:
  - { id: ademco-line, kind: bus, path: ${lines[0].path}, protocol: ademco-685 }
  - { id: surgard-line, kind: bus, path: ${lines[1].path}, protocol: surgard-mlr2 }
devices:
  - { id: ademco, type: ademco-685-receiver, name: 接警机甲, area: compound, link: ademco-line, settings: { silenceS: 5 } }
  - { id: home-a, type: contact-id-account, name: 甲户, area: compound, parent: ademco, address: "0302" }
  - { id: system-3, type: surgard-receiver, name: 接警机乙, area: compound, link: surgard-line }
  - { id: home-b, type: contact-id-account, name: 乙户, area: compound, parent: system-3, address: "0303" }
`,
    });
    live = await house.live();
    for (const link of ['ademco-line', 'surgard-line'])
      await live.change(
        'link-states',
        ({ id, state }: { id: string; state: string }) => id === link && state === 'up',
      );
  });
  afterAll(async () => {
    await house.close();
    for (const line of lines) await line.close();
  });

  const answered = (line: SerialLine, count: number) =>
    eventually(`${count} answers came`, () => line.received().length >= count && [...line.received()]);
  const alarmOf = (home: string, definition: string, state?: Alarm['state']) =>
    live.change<Alarm>(
      'alarms',
      (alarm) =>
        alarm.device === home &&
        alarm.definition === definition &&
        (state === undefined || alarm.state === state),
    );

  test('an Ademco 685: heartbeat, alarm and restore are acknowledged and do what they say', async () => {
    const [line] = lines;
    line.send(ademco('00 OKAY @'));
    expect(await answered(line, 1)).toEqual([ack]);
    await live.change<DeviceState>('device-states', ({ id, state }) => id === 'ademco' && state === 'online');
    line.send(ademco('11 0302 18 E131 01 C003'));
    expect(await alarmOf('home-a', 'intrusion')).toMatchObject({ instance: '3' });
    line.send(ademco('11 0302 18 R131 01 C003 '));
    await alarmOf('home-a', 'intrusion', 'returned');
    expect(await answered(line, 3)).toEqual([ack, ack, ack]);
  });

  test('an Ademco 685: a High Speed report tells of each channel, and a broken frame is asked for again', async () => {
    const [line] = lines;
    line.send(ademco('11 0302  5551 5555 5'));
    expect(await alarmOf('home-a', 'intrusion')).toBeDefined();
    await eventually('channel 4 is an alarm', async () =>
      (await house.openAlarms()).some(({ device, instance }) => device === 'home-a' && instance === '4'),
    );
    line.send(ademco('11 0302 18 E1'));
    expect((await answered(line, 5)).slice(3)).toEqual([ack, nak]);
  });

  test('a System III with lines of three characters: alarm and restore by SIA codes', async () => {
    const [, line] = lines;
    line.send(surgard('101001           @    '));
    line.send(surgard('S01001[#0303|Nri1/FA007]'));
    expect(await alarmOf('home-b', 'fire')).toMatchObject({ instance: '7', latched: true });
    line.send(surgard('S01001[#0303|Nri1/BA009]'));
    await alarmOf('home-b', 'intrusion');
    line.send(surgard('S01001[#0303|Nri1/BR009]'));
    await alarmOf('home-b', 'intrusion', 'returned');
    expect(await answered(line, 4)).toEqual([ack, ack, ack, ack]);
  });

  test('a receiver that falls silent is announced within its interval', async () => {
    await alarmOf('ademco', 'offline');
  });
});
