import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type {
  AccountUse,
  Balance,
  Consumption,
  Gap,
  Meter,
  Period,
} from '../../../gateway/contract/meter.ts';
import { api, type Page, queryString } from '../../app/api.ts';

/** Consumption moves slowly: registers themselves are live. */
const refreshMs = 60_000;

export interface Meters extends Page<Meter> {
  accounts: { today: AccountUse[]; month: AccountUse[] };
}
export interface Balances extends Page<Balance> {
  from: number;
  to: number;
  accounts: AccountUse[];
}
export interface Consumptions extends Page<Consumption> {
  unit: string;
  gaps: Gap[];
}

export function useMeters() {
  return useQuery({
    queryKey: ['meters'],
    queryFn: () => api.get<Meters>('/meters'),
    refetchInterval: refreshMs,
  });
}

/** @param span UTC ms; undefined: yesterday */
export function useBalances(span: { from: number; to: number } | undefined) {
  return useQuery({
    queryKey: ['meters', 'balance', span?.from, span?.to],
    queryFn: () => api.get<Balances>(`/meters/balance${queryString({ from: span?.from, to: span?.to })}`),
    refetchInterval: refreshMs,
    placeholderData: (before) => before,
  });
}

export function useConsumption(ask: {
  meter: string;
  point: string;
  by: Period;
  from: number | undefined;
  to: number | undefined;
}) {
  const { meter, point, by, from, to } = ask;
  return useQuery({
    queryKey: ['meters', 'consumption', meter, point, by, from, to],
    queryFn: () =>
      api.get<Consumptions>(
        `/meters/${encodeURIComponent(meter)}/consumption${queryString({ point, by, from, to })}`,
      ),
    enabled: from !== undefined && to !== undefined,
    refetchInterval: refreshMs,
    placeholderData: (before, query) =>
      query?.queryKey[2] === meter && query.queryKey[3] === point ? before : undefined,
  });
}

/** Everything about meters is asked anew: something was entered. */
export function useMetersChanged(): () => void {
  const queries = useQueryClient();
  return useCallback(() => void queries.invalidateQueries({ queryKey: ['meters'] }), [queries]);
}
