import type { Consumption, Period } from '../contract/meter.ts';
import { localDate, localMinute } from '../lib/local-time.ts';
import type { MeterTree } from './meters.ts';
import type { RegisterConsumption } from './views.ts';

export type ExportLanguage = 'zh' | 'en';

const words = {
  zh: {
    head: ['表计', '名称', '账户', '上级表', '读数', '单位', '起', '止', '用量', '期末读数', '依据', '说明'],
    measured: '实测',
    estimated: '估算',
    partial: '不完整',
    unknown: '未知',
    'rolled-over': '翻转',
    backwards: '倒走未计',
    replaced: '换表',
  },
  en: {
    head: [
      'Meter',
      'Name',
      'Account',
      'Main meter',
      'Register',
      'Unit',
      'From',
      'To',
      'Consumption',
      'Register at end',
      'Basis',
      'Events',
    ],
    measured: 'measured',
    estimated: 'estimated',
    partial: 'partial',
    unknown: 'unknown',
    'rolled-over': 'rolled over',
    backwards: 'went backwards, not counted',
    replaced: 'meter replaced',
  },
} as const;

/** A cell of a table; text that a spreadsheet would take for a formula is made text by an apostrophe (OWASP, CSV injection). */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function line(cells: readonly (string | number | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** Lines of the export, the head first. Times are the site's; the byte order mark has Excel read it as UTF-8. */
export async function* csvLines(
  each: AsyncIterable<RegisterConsumption>,
  options: { tree: MeterTree; timeZone: string; by: Period; language: ExportLanguage },
): AsyncGenerator<string> {
  const { tree, timeZone, by, language } = options;
  const own = words[language];
  const moment = by === 'hour' ? localMinute : localDate;
  yield `\uFEFF${line(own.head)}`;
  for await (const { meter, register, items } of each) {
    const rows = items.map(({ from, to, consumption, register: end, knowledge, events }: Consumption) =>
      line([
        meter.id,
        meter.name,
        tree.accountOf(meter),
        tree.mainOf(meter)?.id ?? null,
        register.label[language],
        register.unit,
        moment(timeZone, from),
        // A day or month is named by its last day, as people do.
        moment(timeZone, by === 'hour' ? to : to - 1),
        consumption,
        end,
        own[knowledge],
        events.map((event) => own[event]).join(' '),
      ]),
    );
    yield rows.join('');
  }
}
