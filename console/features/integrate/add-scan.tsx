import { Button, NumberInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Scan, ScanFind } from '../../../gateway/contract/scan.ts';
import { ApiError, api } from '../../app/api.ts';
import { useLinkTrouble } from '../../app/link-trouble.ts';
import { useEntityMap } from '../../app/live.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './add.module.css';
import { errorsByField } from './add-form.ts';

/** How often a running scan is asked for what it has found, ms. */
const lookMs = 500;

/** The scan of a link that runs, or the last one; null when it was not scanned. */
async function scanOf(link: string): Promise<Scan | null> {
  try {
    return await api.get<Scan>(`/links/${link}/scan`);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'not.found') return null;
    throw error;
  }
}

/** A scan over a link that is not made yet ends with the page: its line is wanted by whoever saves, or types another address. */
function useStopAtEnd(link: string, running: boolean): void {
  const now = useRef(running);
  now.current = running;
  useEffect(
    () => () => {
      if (now.current) api.delete(`/links/${link}/scan`).catch(() => {});
    },
    [link],
  );
}

/** Looks for what is on a line, and offers it as addresses. */
export function LinkScan(props: {
  link: string;
  /** The link as it would be made, where the site does not have it. */
  newLink: object | undefined;
  protocol: 'modbus' | 'dlt645' | 'cjt188' | 'uhppote';
  chosen: string;
  onChoose: (address: string) => void;
  /** The link cannot be opened as it would be made, in words; null: it is tried anew. */
  onRefused: (words: string | null) => void;
}) {
  const { link, newLink, protocol, chosen, onChoose, onRefused } = props;
  const { t } = useTranslation('integrateAdd');
  const trouble = useLinkTrouble();
  const why = ({ words, trouble: code }: NonNullable<Scan['problem']>) =>
    code === null ? words : (trouble({ error: words, trouble: code }) ?? words);
  const queries = useQueryClient();
  const [from, setFrom] = useState<string | number>(1);
  const [to, setTo] = useState<string | number>(32);
  const [failure, setFailure] = useState<unknown>(null);
  // Another link may have been scanned under the key of one that is not made yet.
  const [begun, setBegun] = useState(newLink === undefined);
  const queryKey = ['scan', link, newLink];
  const { data, error } = useQuery({
    queryKey,
    queryFn: () => scanOf(link),
    enabled: begun,
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? lookMs : false),
  });
  const scan = begun && data?.request.protocol === protocol ? data : null;
  const running = scan?.state === 'running';
  useStopAtEnd(link, newLink !== undefined && running);

  async function act(work: () => Promise<Scan>): Promise<void> {
    setFailure(null);
    onRefused(null);
    try {
      queries.setQueryData(queryKey, await work());
      setBegun(true);
      await queries.invalidateQueries({ queryKey });
    } catch (thrown) {
      const words = thrown instanceof ApiError ? errorsByField(thrown.errors).get('link') : undefined;
      if (words === undefined) setFailure(thrown);
      else onRefused(words);
    }
  }

  const start = () => {
    const range = { from: Number(from), to: Number(to) };
    const request = protocol === 'modbus' ? { protocol, ...range } : { protocol };
    return api.post<Scan>(`/links/${link}/scan`, { ...request, newLink });
  };
  return (
    <div className={classes.stack}>
      <div className={classes.row}>
        {protocol === 'modbus' ? (
          <>
            <NumberInput
              size="xs"
              w={74}
              label={t('scan.from')}
              value={from}
              onChange={setFrom}
              min={0}
              max={255}
            />
            <NumberInput
              size="xs"
              w={74}
              label={t('scan.to')}
              value={to}
              onChange={setTo}
              min={0}
              max={255}
            />
          </>
        ) : null}
        <Button
          size="xs"
          variant="default"
          data-testid="scan"
          onClick={() => void act(running ? () => api.delete<Scan>(`/links/${link}/scan`) : start)}
        >
          {t(running ? 'scan.stop' : protocol === 'uhppote' ? 'scan.network' : 'scan.start')}
        </Button>
        {scan && running ? (
          <span className="gh-number">
            {protocol === 'uhppote'
              ? t('scan.calling')
              : t('scan.progress', { asked: scan.asked, total: scan.total })}
          </span>
        ) : null}
      </div>
      {protocol === 'modbus' || protocol === 'uhppote' ? null : (
        <p className={classes.dim}>{t('scan.meter')}</p>
      )}
      {scan && scan.finds.length > 0 ? (
        <div className={classes.finds}>
          <span>{t('scan.found')}</span>
          {scan.finds.map((find) => (
            <FindChip key={find.address} find={find} chosen={find.address === chosen} onChoose={onChoose} />
          ))}
        </div>
      ) : null}
      {scan?.state === 'done' && scan.finds.length === 0 && !scan.problem ? (
        <p className={classes.dim}>{t(protocol === 'uhppote' ? 'scan.nobody' : 'scan.nothing')}</p>
      ) : null}
      {scan?.problem ? (
        <p className={classes.error} role="alert">
          {t(`scan.problem.${scan.problem.code}`)}{' '}
          {scan.problem.code === 'line-down' ? why(scan.problem) : ''}
        </p>
      ) : null}
      <ProblemNote error={failure ?? error} />
    </div>
  );
}

function FindChip(props: { find: ScanFind; chosen: boolean; onChoose: (address: string) => void }) {
  const { address, how, at, devices } = props.find;
  const { t } = useTranslation('integrateAdd');
  const installed = useEntityMap('devices');
  const names = devices.map((id) => installed.get(id)?.name ?? id).join(', ');
  const known = devices.length > 0 ? ` · ${t('scan.known', { devices: names })}` : '';
  const doubt = how === 'answer' ? '' : ` · ${t(`scan.${how}`)}`;
  return (
    <button
      type="button"
      className={classes.chip}
      aria-pressed={props.chosen}
      onClick={() => props.onChoose(address)}
      data-testid={`find-${address}`}
    >
      <strong className="gh-number">{address}</strong>
      {at === null ? null : <span className="gh-number"> · {at}</span>}
      {known}
      {doubt}
    </button>
  );
}
