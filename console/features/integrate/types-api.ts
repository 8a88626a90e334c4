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
  casesFailing: number;
  problems: TypeProblem[];
}

/** GET /device-types/{id}. */
export interface TypeSource {
  id: string;
  own: boolean;
  text: string;
  version: string;
  readmes: string[];
  cases: string[];
  devices: string[];
  problems: TypeProblem[];
}

/** GET /device-types/{id}/files: a README, or a file of a case; null: there is none. */
export interface TypeFile {
  path: string;
  text: string | null;
  version: string | null;
}

/** What did not come out as a case expects; values as JSON, null: nothing. */
export interface CaseDifference {
  of: 'reading' | 'events' | 'refused' | 'command';
  name: string | null;
  expected: string | null;
  got: string | null;
}

/** What came of a case. */
export interface CheckedCase {
  name: string;
  passed: boolean;
  differences: CaseDifference[];
  /** What expected.json would say had it expected what comes now; null: it cannot be played. */
  decoded: string | null;
}

/** POST /device-types/{id}/check. */
export interface CheckedText {
  sound: boolean;
  problems: TypeProblem[];
  casesPassed: number;
  /** None while the text has errors. */
  cases: CheckedCase[];
}

/** One of GET /device-types/{id}/versions. */
export interface TypeVersion {
  version: string;
  at: number;
  who: string | null;
  name: string | null;
  how: 'saved' | 'copied' | 'imported' | 'on-disk' | 'before';
}

export function useListedTypes() {
  return useQuery({
    queryKey: ['type-library'],
    queryFn: () => api.get<Page<ListedType>>('/type-library'),
  });
}
