import type { DeviceEdit, ExchangeProblem, ExchangeReport } from '../../../gateway/contract/exchange.ts';
import { api, queryString } from '../../app/api.ts';
import type { Language } from '../../app/language.ts';

/** Content types by the end of a file's name; what it is in truth, the gateway sees in its bytes. */
const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const textType = 'text/csv';
/** Ten thousand rows on a slow machine. */
const patienceMs = 120_000;

/** What was agreed to in a dry run, or a dry run. */
export type Step = { dryRun: true } | { plan: string };

function sendSheet(path: string, file: File, query: Record<string, string | boolean | undefined>) {
  const type = /\.xlsx?$/i.test(file.name) ? workbookType : textType;
  const asked = queryString({ ...query, file: file.name.slice(0, 200) });
  return api.postFile<ExchangeReport>(`${path}${asked}`, type, file, patienceMs);
}

export const sendDevices = (file: File, step: Step): Promise<ExchangeReport> =>
  sendSheet('/exchange/devices', file, step);

/** The type whose points a sheet has; with `kind` and what follows it, it is made. */
export interface PointsOf {
  type: string;
  kind?: string;
  link?: string;
  zh?: string;
  en?: string;
}

export const sendPoints = (of: PointsOf, file: File, step: Step): Promise<ExchangeReport> =>
  sendSheet('/exchange/points', file, { ...of, ...step });

export function sendEdit(edit: DeviceEdit, step: Step): Promise<ExchangeReport> {
  return api.post<ExchangeReport>(`/exchange/devices/edit${queryString({ ...step })}`, edit);
}

/** Problems as a table for a letter or a spreadsheet. */
export function problemsText(problems: readonly ExchangeProblem[], language: Language): string {
  return problems
    .map(({ row, column, id, message }) => [row ?? '', column ?? '', id ?? '', message[language]].join('\t'))
    .join('\n');
}

/** What was typed for a setting: a number, true or false, else text; nothing takes it away. */
export function settingValue(
  text: string,
  type: 'number' | 'text' | 'bool' | undefined,
): string | number | boolean | null {
  const plain = text.trim();
  if (plain === '') return null;
  if (type === 'bool' && /^(true|false)$/i.test(plain)) return plain.toLowerCase() === 'true';
  const number = Number(plain);
  return type === 'number' && Number.isFinite(number) ? number : plain;
}
