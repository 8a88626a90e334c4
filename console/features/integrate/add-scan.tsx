import { Button, NumberInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Scan, ScanFind } from '../../../gateway/contract/scan.ts';
import { ApiError, api } from '../../app/api.ts';
import { useEntityMap } from '../../app/live.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './add.module.css';

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

/** Looks for what is on a line, and offers it as addresses. */
export function LinkScan(props: {
  link: string;
  protocol: 'modbus' | 'dlt645' | 'cjt188';
  chosen: string;
  onChoose: (address: string) => void;
}) {
  const { link, protocol, chosen, onChoose } = props;
  const { t } = useTranslation('integrateAdd');
  const queries = useQueryClient();
  const [from, setFrom] = useState<string | number>(1);
  const [to, setTo] = useState<string | number>(32);
  const [failure, setFailure] = useState<unknown>(null);
  const { data, error } = useQuery({
    queryKey: ['scan', link],
    queryFn: () => scanOf(link),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? lookMs : false),
  });
  const scan = data?.request.protocol === protocol ? data : null;
  const running = scan?.state === 'running';

  async function act(work: () => Promise<Scan>): Promise<void> {
    setFailure(null);
    try {
      queries.setQueryData(['scan', link], await work());
      await queries.invalidateQueries({ queryKey: ['scan', link] });
    } catch (thrown) {
      setFailure(thrown);
    }
  }

  const start = () => {
    const range = { from: Number(from), to: Number(to) };
    const request = protocol === 'modbus' ? { protocol, ...range } : { protocol };
    return api.post<Scan>(`/links/${link}/scan`, request);
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
          {t(running ? 'scan.stop' : 'scan.start')}
        </Button>
        {scan && running ? (
          <span className="gh-number">{t('scan.progress', { asked: scan.asked, total: scan.total })}</span>
        ) : null}
      </div>
      {protocol === 'modbus' ? null : <p className={classes.dim}>{t('scan.meter')}</p>}
      {scan && scan.finds.length > 0 ? (
        <div className={classes.finds}>
          <span>{t('scan.found')}</span>
          {scan.finds.map((find) => (
            <FindChip key={find.address} find={find} chosen={find.address === chosen} onChoose={onChoose} />
          ))}
        </div>
      ) : null}
      {scan?.state === 'done' && scan.finds.length === 0 && !scan.problem ? (
        <p className={classes.dim}>{t('scan.nothing')}</p>
      ) : null}
      {scan?.problem ? (
        <p className={classes.error} role="alert">
          {t(`scan.problem.${scan.problem.code}`)}
        </p>
      ) : null}
      <ProblemNote error={failure ?? error} />
    </div>
  );
}

function FindChip(props: { find: ScanFind; chosen: boolean; onChoose: (address: string) => void }) {
  const { address, how, devices } = props.find;
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
      {known}
      {doubt}
    </button>
  );
}
