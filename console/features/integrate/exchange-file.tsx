import { Button } from '@mantine/core';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeReport } from '../../../gateway/contract/exchange.ts';
import { useLanguage } from '../../app/language.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './exchange.module.css';
import { sendFile } from './exchange-calls.ts';
import { ApplyButton, Done, ReportView } from './exchange-report.tsx';
import integrate from './integrate.module.css';

/** A file is tried as soon as it is chosen; it is written by a second step, and only when nothing is wrong with it. */
export function FilePanel() {
  const { t } = useTranslation('integrateExchange');
  const language = useLanguage();
  const [file, setFile] = useState<File | null>(null);
  const [report, setReport] = useState<ExchangeReport | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function send(chosen: File, plan: string | null): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      setReport(await sendFile(chosen, plan === null ? { dryRun: true } : { plan }));
    } catch (failure) {
      setError(failure);
      if (plan === null) setReport(null);
    } finally {
      setBusy(false);
    }
  }

  async function choose(chosen: File | undefined): Promise<void> {
    if (chosen === undefined) return;
    // Its bytes of now: a browser refuses to send a file that has been saved again since it was chosen.
    const kept = new File([await chosen.arrayBuffer()], chosen.name);
    setFile(kept);
    setReport(null);
    await send(kept, null);
  }

  const link = (path: string, format: string) =>
    `/api/v1/exchange/devices${path}?format=${format}&language=${language}`;
  return (
    <Panel
      title={t('fileTitle')}
      aside={
        <div className={classes.downloads}>
          {(['xlsx', 'csv'] as const).map((format) => (
            <Button
              key={format}
              component="a"
              variant="default"
              size="compact-sm"
              href={link('', format)}
              download
            >
              {t('export')} .{format}
            </Button>
          ))}
          {(['xlsx', 'csv'] as const).map((format) => (
            <Button
              key={format}
              component="a"
              variant="default"
              size="compact-sm"
              href={link('/template', format)}
              download
            >
              {t('template')} .{format}
            </Button>
          ))}
        </div>
      }
    >
      <div className={integrate.stack}>
        <p className={integrate.dim}>{t('explain')}</p>
        <DropField name={file?.name ?? null} onChoose={(chosen) => void choose(chosen)} />
        <div aria-live="polite" className={integrate.stack}>
          {busy && report === null ? <p className={integrate.dim}>{t('trying')}</p> : null}
          <ProblemNote error={error} />
          {report === null ? null : report.applied ? (
            <Done report={report} />
          ) : (
            <ReportView report={report} />
          )}
        </div>
        {file === null || report === null || report.applied ? null : (
          <div className={integrate.row}>
            <ApplyButton report={report} busy={busy} onApply={() => void send(file, report.plan)} />
            {error === null ? null : (
              <Button variant="default" disabled={busy} onClick={() => void send(file, null)}>
                {t('again')}
              </Button>
            )}
          </div>
        )}
      </div>
    </Panel>
  );
}

function DropField({ name, onChoose }: { name: string | null; onChoose: (file: File | undefined) => void }) {
  const { t } = useTranslation('integrateExchange');
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drag = (inside: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(inside);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first
    <div
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={drag(true)}
      onDragLeave={drag(false)}
      onDrop={(event) => {
        drag(false)(event);
        onChoose(event.dataTransfer.files[0]);
      }}
    >
      <input
        ref={input}
        type="file"
        hidden
        accept=".xlsx,.csv,.txt"
        aria-label={t('choose')}
        onChange={(event) => {
          onChoose(event.currentTarget.files?.[0]);
          // The same file, corrected, may be chosen again.
          event.currentTarget.value = '';
        }}
      />
      <span>{name ?? t('drop')}</span>
      <Button variant="default" size="compact-sm" onClick={() => input.current?.click()}>
        {t(name === null ? 'choose' : 'chooseOther')}
      </Button>
    </div>
  );
}
