import type { Alarm } from '../../../gateway/contract/alarm.ts';
import { isAside } from '../../app/alarm-list.ts';

export type ListName = 'open' | 'aside' | 'history';

export interface AlarmFilter {
  list: ListName;
  /** Empty: all of them. */
  priorities: readonly number[];
  category: string | null;
  text: string;
}

export function isFiltering(filter: AlarmFilter): boolean {
  return filter.priorities.length > 0 || filter.category !== null || filter.text.trim() !== '';
}

/**
 * Whether an alarm passes. Text: every word somewhere in what the row shows; `also` is what it shows that the alarm itself does
 * not say, such as the number of its home.
 */
export function passes(alarm: Alarm, filter: AlarmFilter, also: string | undefined): boolean {
  if (filter.list === 'open' && isAside(alarm)) return false;
  if (filter.list === 'aside' && !isAside(alarm)) return false;
  if (filter.priorities.length > 0 && !filter.priorities.includes(alarm.priority)) return false;
  if (filter.category !== null && alarm.category !== filter.category) return false;
  const words = filter.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const shown = [
    alarm.title.zh,
    alarm.title.en,
    alarm.areaName,
    alarm.deviceName,
    alarm.device,
    alarm.instance,
    also,
  ]
    .join(' ')
    .toLocaleLowerCase();
  return words.every((word) => shown.includes(word));
}

/** The filter as it stands in the address, so that the banner's counts can point at it and Back brings it back. */
export function filterFrom(query: URLSearchParams): AlarmFilter {
  const list = query.get('list');
  return {
    list: list === 'aside' || list === 'history' ? list : 'open',
    priorities: (query.get('priority') ?? '')
      .split(',')
      .map(Number)
      .filter((priority) => priority >= 1 && priority <= 4),
    category: query.get('category'),
    text: query.get('text') ?? '',
  };
}

export function filterQuery(filter: AlarmFilter): string {
  const query = new URLSearchParams();
  if (filter.list !== 'open') query.set('list', filter.list);
  if (filter.priorities.length > 0) query.set('priority', filter.priorities.join(','));
  if (filter.category !== null) query.set('category', filter.category);
  if (filter.text !== '') query.set('text', filter.text);
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
