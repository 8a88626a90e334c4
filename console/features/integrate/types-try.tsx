import { Button, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TypeReading } from '../../../gateway/contract/frame.ts';
import type { AskedInVain } from '../../../gateway/contract/trial.ts';
import { api } from '../../app/api.ts';
import { useSiteTime } from '../../app/time.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { ReadValues } from './inspect-reading.tsx';
import frame from './integrate.module.css';
import { Printed } from './printed.tsx';
import { useFaultText } from './trial-faults.ts';

/** The answer of POST /device-types/{id}/try. */
interface Tried {
  at: number | null;
  raw: string[];
  reading: TypeReading | null;
  missing: string[];
  failures: AskedInVain[];
}

/** What the text in the editor makes of what a device sends next. */
export function TryType({ id, text, devices }: { id: string; text: string; devices: readonly string[] }) {
  const { t } = useTranslation('integrateTypes');
  const time = useSiteTime();
  const faultText = useFaultText();
  const [device, setDevice] = useState<string | null>(devices[0] ?? null);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => api.post<Tried>(`/device-types/${id}/try`, { device, text }),
  });
  return (
    <Panel title={t('try')}>
      <div className={frame.stack}>
        <p className={frame.dim}>{t(devices.length === 0 ? 'try.noDevices' : 'try.explain')}</p>
        {devices.length === 0 ? null : (
          <div className={frame.row}>
            <Select
              label={t('try.device')}
              data={[...devices]}
              value={device}
              onChange={setDevice}
              allowDeselect={false}
              searchable
            />
            <Button variant="default" loading={isPending} disabled={device === null} onClick={() => mutate()}>
              {t('try.do')}
            </Button>
          </div>
        )}
        <ProblemNote error={error} />
        {isPending || !data?.failures.length ? null : (
          <ul role="alert">
            {data.failures.map(({ about, fault, words }) => (
              <li key={about}>
                {about === '' ? null : <code>{about}</code>} {faultText(fault, words, null)}
              </li>
            ))}
          </ul>
        )}
        {data === undefined || isPending ? null : data.at === null || data.reading === null ? (
          <p role="status">{t('try.none')}</p>
        ) : (
          <div role="status" className={frame.stack}>
            <p className={frame.dim}>{t('try.at', { time: time.moment(data.at) })}</p>
            <ReadValues reading={data.reading} />
            {data.missing.length === 0 ? null : (
              <p className={frame.dim}>{t('try.missing', { points: data.missing.join(', ') })}</p>
            )}
            <Printed text={data.raw.join('\n')} />
          </div>
        )}
      </div>
    </Panel>
  );
}
