import { Button, Group, Select, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ChangeEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Upload } from '../../../gateway/contract/patrol.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { newId } from '../../app/ids.ts';
import { live, useEntities } from '../../app/live.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { momentOf } from '../../components/site-moment.ts';
import classes from './patrol.module.css';
import { type Beside, type ReadOut, readOutOf, sendReadOut } from './read-out.ts';
import { UploadOutcome } from './upload-outcome.tsx';

export function UploadDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('patrol');
  return (
    <Dialog opened={opened} onClose={onClose} title={t('upload.title')} size={720}>
      <UploadForm onClose={onClose} />
    </Dialog>
  );
}

/** A file is tried as soon as it is chosen; it is stored by a second step, and only then. */
function UploadForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['patrol', 'app']);
  const queries = useQueryClient();
  const [site] = useEntities('site');
  const [readOut, setReadOut] = useState<ReadOut | null>(null);
  const [reader, setReader] = useState<string | null>(null);
  const [clock, setClock] = useState<{ text: string; readAt: number }>({ text: '', readAt: 0 });
  // One id for all tries of a file: a repeated request stores nothing twice.
  const [id, setId] = useState(() => newId());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [done, setDone] = useState<Upload | null>(null);
  const readerClock = momentOf(clock.text, site?.timeZone);
  const beside: Beside = useMemo(
    () => ({ reader, readerClock, hostClock: readerClock === undefined ? undefined : clock.readAt }),
    [reader, readerClock, clock.readAt],
  );
  const trial = useQuery({
    queryKey: ['upload-trial', id, beside],
    queryFn: () => (readOut === null ? null : sendReadOut(readOut, beside, null)),
    enabled: readOut !== null && done === null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

  async function choose(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    setError(null);
    setReadOut(readOutOf(file.name, await file.arrayBuffer()));
    setId(newId());
  }

  async function submit(): Promise<void> {
    if (readOut === null) return;
    setBusy(true);
    setError(null);
    try {
      setDone(await sendReadOut(readOut, beside, id));
      for (const queryKey of [['uploads'], ['checkins'], ['rounds'], ['round']])
        void queries.invalidateQueries({ queryKey });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  if (done !== null)
    return (
      <div className={classes.uploadForm} data-testid="upload-done">
        <strong role="status">✓ {t('upload.done')}</strong>
        <UploadOutcome upload={done} />
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            {t('upload.close')}
          </Button>
        </Group>
      </div>
    );
  const tried = trial.data ?? null;
  return (
    <form
      className={classes.uploadForm}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <FileField name={readOut?.name ?? null} onChoose={(file) => void choose(file)} />
      <div className={classes.uploadFields}>
        <ReaderField value={reader} onChange={setReader} />
        <TextInput
          type="datetime-local"
          step={1}
          label={t('upload.clock')}
          description={t('upload.clockHint')}
          value={clock.text}
          onChange={(event) => setClock({ text: event.currentTarget.value, readAt: live.serverNow() })}
        />
      </div>
      <div aria-live="polite" className={classes.outcome} data-testid="upload-trial">
        {trial.isFetching ? <p>{t('upload.trying')}</p> : null}
        <ProblemNote error={trial.isFetching ? null : trial.error} />
        {tried === null || trial.isFetching ? null : (
          <>
            <strong>{t('upload.tried')}</strong>
            <UploadOutcome upload={tried} />
          </>
        )}
      </div>
      <ProblemNote error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
        <Button
          type="submit"
          loading={busy}
          disabled={tried === null || trial.isFetching || tried.stored === 0}
        >
          {tried !== null && tried.stored === 0
            ? t('upload.nothing')
            : t('upload.submit', { count: tried?.stored ?? 0 })}
        </Button>
      </Group>
    </form>
  );
}

function FileField(props: { name: string | null; onChoose: (file: File | undefined) => void }) {
  const { name, onChoose } = props;
  const { t } = useTranslation('patrol');
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className={classes.fileField}>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.txt,.json"
        aria-label={t('upload.choose')}
        onChange={(event: ChangeEvent<HTMLInputElement>) => {
          onChoose(event.currentTarget.files?.[0]);
          // The same file, corrected, may be chosen again.
          event.currentTarget.value = '';
        }}
      />
      <Button variant="default" onClick={() => input.current?.click()} data-autofocus>
        {t(name === null ? 'upload.choose' : 'upload.chooseOther')}
      </Button>
      <span className={classes.fileName}>{name ?? t('upload.none')}</span>
    </div>
  );
}

function ReaderField(props: { value: string | null; onChange: (reader: string | null) => void }) {
  const { t } = useTranslation('patrol');
  const catalogue = useCatalogue();
  const devices = useEntities('devices');
  const readers = devices.filter(({ type }) => catalogue.kindOf(type)?.id === 'patrol-reader');
  return (
    <Select
      label={t('upload.reader')}
      description={t('upload.readerHint')}
      placeholder={t('upload.readerAuto')}
      data={readers.map(({ id, name, address }) => ({
        value: id,
        label: address === undefined ? name : `${name} · ${address}`,
      }))}
      value={props.value}
      onChange={props.onChange}
      clearable
    />
  );
}
