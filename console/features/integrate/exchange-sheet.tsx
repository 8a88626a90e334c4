import { Button } from '@mantine/core';
import { type DragEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExchangeReport } from '../../../gateway/contract/exchange.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './exchange.module.css';
import type { Step } from './exchange-calls.ts';
import type { RowsOf } from './exchange-names.ts';
import { ApplyButton, Done, ReportView } from './exchange-report.tsx';
import integrate from './integrate.module.css';

/**
 * A file is tried as soon as it is chosen; it is written by a second step, and only when nothing is wrong with it.
 * @param props.basis what else the outcome depends on; null: it is not complete yet
 */
export function SheetImport(props: {
  of: RowsOf;
  basis: string | null;
  send: (file: File, step: Step) => Promise<ExchangeReport>;
  onApplied?: () => void;
}) {
  const { of, basis } = props;
  const { t } = useTranslation('integrateExchange');
  const [file, setFile] = useState<File | null>(null);
  const [tried, setTried] = useState<{ report: ExchangeReport; basis: string | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // An outcome counts while it is of what stands above it; what is written is written.
  const report = tried !== null && (tried.basis === basis || tried.report.applied) ? tried.report : null;

  async function send(chosen: File, plan: string | null): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      const answer = await props.send(chosen, plan === null ? { dryRun: true } : { plan });
      setTried({ report: answer, basis });
      if (answer.applied) props.onApplied?.();
    } catch (failure) {
      setError(failure);
      if (plan === null) setTried(null);
    } finally {
      setBusy(false);
    }
  }

  async function choose(chosen: File | undefined): Promise<void> {
    if (chosen === undefined) return;
    // Its bytes of now: a browser refuses to send a file that has been saved again since it was chosen.
    const kept = new File([await chosen.arrayBuffer()], chosen.name);
    setFile(kept);
    setTried(null);
    if (basis !== null) await send(kept, null);
  }

  return (
    <div className={integrate.stack}>
      <DropField name={file?.name ?? null} onChoose={(chosen) => void choose(chosen)} />
      <div aria-live="polite" className={integrate.stack}>
        {busy && report === null ? <p className={integrate.dim}>{t('trying')}</p> : null}
        {basis === null && file !== null ? <p>{t('ready')}</p> : null}
        <ProblemNote error={error} />
        {report === null ? null : report.applied ? (
          <Done report={report} />
        ) : (
          <ReportView report={report} of={of} />
        )}
      </div>
      {file === null || basis === null || report?.applied === true ? null : (
        <div className={integrate.row}>
          {report === null ? null : (
            <ApplyButton {...{ report, of, busy }} onApply={() => void send(file, report.plan)} />
          )}
          {error === null && report !== null ? null : (
            <Button variant="default" disabled={busy} onClick={() => void send(file, null)}>
              {t('again')}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

/** Links that download a sheet, in both formats. */
export function Downloads({ links }: { links: readonly { word: string; href(format: string): string }[] }) {
  return (
    <div className={classes.downloads}>
      {links.flatMap(({ word, href }) =>
        (['xlsx', 'csv'] as const).map((format) => (
          <Button
            key={`${word} ${format}`}
            component="a"
            variant="default"
            size="compact-sm"
            href={href(format)}
            download
          >
            {word} .{format}
          </Button>
        )),
      )}
    </div>
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
