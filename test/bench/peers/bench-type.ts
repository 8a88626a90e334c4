import { channels, contacts, limits } from '../load/workload.ts';

/** The site's own device type of the benchmark, as a YAML file (JSON is YAML): 64 alarms without delays. */
export function benchType(): string {
  const guidance = { zh: ['查看设备。'], en: ['Look at the device.'] };
  const alarm = (title: { zh: string; en: string }, on: object) => ({
    ...{ title, priority: 3, category: 'water', on, guidance },
  });
  const alarms = Object.fromEntries([
    ...channels.flatMap((point) =>
      limits.map((limit) => [
        `${point}Above${limit}`,
        alarm(
          { zh: `${point} 高于 ${limit}`, en: `${point} above ${limit}` },
          { rule: 'above', point, limit, deadband: 1 },
        ),
      ]),
    ),
    ...contacts.map((point) => [
      `${point}On`,
      alarm({ zh: `${point} 闭合`, en: `${point} closed` }, { rule: 'is', point, value: true }),
    ]),
  ]);
  const type = {
    id: 'bench-panel',
    label: { zh: '测试设备', en: 'Bench panel' },
    kind: 'io-module',
    link: 'native',
    alarms,
  };
  return `${JSON.stringify(type, null, 1)}\n`;
}
