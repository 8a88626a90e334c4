import { useQuery } from '@tanstack/react-query';
import type { Label } from '../../../gateway/contract/names.ts';
import { api, type Page } from '../../app/api.ts';

export interface TypeProblem {
  file: string;
  line: number;
  column: number;
  severity: 'error' | 'warning';
  message: string;
}

/** One of GET /type-library. */
export interface ListedType {
  id: string;
  label: Label | null;
  maker: string | null;
  model: string | null;
  kind: string | null;
  link: string | null;
  own: boolean;
  state: 'sound' | 'last-good' | 'broken';
  devices: number;
  cases: number;
  problems: TypeProblem[];
}

/** GET /device-types/{id}. */
export interface TypeSource {
  id: string;
  own: boolean;
  text: string;
  version: string;
  readme: string | null;
  cases: string[];
  devices: string[];
  problems: TypeProblem[];
}

/** POST /device-types/{id}/check. */
export interface CheckedText {
  sound: boolean;
  problems: TypeProblem[];
  casesPassed: number;
}

/** One of GET /device-types/{id}/versions. */
export interface TypeVersion {
  version: string;
  at: number;
  who: string | null;
  name: string | null;
  how: 'saved' | 'copied' | 'imported' | 'on-disk';
}

export function useListedTypes() {
  return useQuery({
    queryKey: ['type-library'],
    queryFn: () => api.get<Page<ListedType>>('/type-library'),
  });
}
