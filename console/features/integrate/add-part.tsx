import { Button } from '@mantine/core';
import { type FormEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Device } from '../../../gateway/contract/site.ts';
import { ApiError, api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useEntities } from '../../app/live.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './add.module.css';
import {
  type AddForm,
  deviceOf,
  emptyForm,
  errorsByField,
  fittingLinks,
  needsOf,
  nextLike,
  proposedId,
  usualArea,
} from './add-form.ts';
import { PlaceFields } from './add-place.tsx';
import { Saved } from './add-saved.tsx';
import { SettingFields } from './add-settings.tsx';
import { TrialPanel, wayOf } from './add-trial.tsx';
import { TypeChoice, TypeNotesPanel } from './add-type.tsx';
import { WayFields } from './add-way.tsx';
import { draftKeyOf, useTrial } from './use-trial.ts';

/** Adds a device: choose its type, say how it is reached, try it, save it. Others lead here with `?type=&link=&address=`. */
export default function AddPart() {
  const [params] = useSearchParams();
  const given = {
    type: params.get('type'),
    link: params.get('link'),
    address: params.get('address') ?? '',
  };
  // Another lead is another form.
  return <AddDevice key={JSON.stringify(given)} given={given} />;
}

function AddDevice({ given }: { given: Pick<AddForm, 'type' | 'link' | 'address'> }) {
  const { t } = useTranslation('integrateAdd');
  const [form, setForm] = useState<AddForm>({ ...emptyForm, ...given });
  const [saved, setSaved] = useState<Device | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { types, kindOf } = useCatalogue();
  const devices = useEntities('devices');
  const links = useEntities('links');
  const areas = useEntities('areas');
  const trial = useTrial();

  const type = types.get(form.type ?? '');
  const kind = kindOf(form.type ?? undefined);
  const taken = useMemo(() => new Set(devices.map(({ id }) => id)), [devices]);
  const fitting = useMemo(() => (type ? fittingLinks(links, type) : []), [links, type]);
  const needs = type && needsOf(type);
  // Where there is one choice only it is made.
  const link =
    form.link ?? (needs?.link === 'must' && fitting.length === 1 ? (fitting[0]?.id ?? null) : null);
  const filled: AddForm = { ...form, link, area: form.area ?? usualArea(link, devices, areas) };
  const id = proposedId(filled, taken);
  const device = type && kind ? deviceOf(filled, { type, kind, id }) : null;
  const fields = useMemo(
    () => errorsByField([failure, trial.error].flatMap((one) => (one instanceof ApiError ? one.errors : []))),
    [failure, trial.error],
  );

  function change(part: Partial<AddForm>): void {
    setForm((before) => ({ ...before, ...part }));
    setFailure(null);
  }

  function choose(chosen: string | null): void {
    const next = types.get(chosen ?? '');
    const keepsLink = next && fittingLinks(links, next).some((one) => one.id === form.link);
    trial.reset();
    change({ type: chosen, settings: {}, bind: {}, parent: null, ...(!keepsLink && { link: null }) });
  }

  function begin(next: AddForm): void {
    trial.reset();
    setSaved(null);
    setFailure(null);
    setForm(next);
  }

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (device === null) return;
    setBusy(true);
    setFailure(null);
    try {
      setSaved(await api.post<Device>('/devices', device));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  if (saved && type && kind)
    return (
      <Saved
        device={saved}
        type={type}
        kind={kind}
        onAgain={() => begin(nextLike(filled))}
        onOther={() => begin(emptyForm)}
      />
    );
  return (
    <form className={classes.page} onSubmit={(event) => void save(event)}>
      <div className={classes.column}>
        <Panel title={`1 ${t('step.type')}`}>
          <div className={classes.stack}>
            <TypeChoice value={form.type} onChange={choose} error={fields.get('type')} />
            {type ? null : <p className={classes.dim}>{t('explain')}</p>}
          </div>
        </Panel>
        {type && kind && needs ? (
          <>
            <WayFields
              // A link that was begun for another type would carry what this one does not speak.
              key={type.id}
              {...{ form: filled, type, kind, needs, fitting, fields }}
              onChange={(part) => {
                trial.reset();
                change(part);
              }}
            />
            <SettingFields {...{ form, type, kind, fields }} onChange={(settings) => change({ settings })} />
            <PlaceFields {...{ form: filled, id, fields }} onChange={change} />
            <ProblemNote error={fields.has('') || fields.size === 0 ? failure : null} />
            <div className={classes.acts}>
              {wayOf(type) === 'none' ? null : (
                <Button
                  variant="default"
                  data-testid="add-try"
                  onClick={() => (trial.busy ? trial.reset() : device && void trial.run(device))}
                >
                  {trial.busy ? t('try.cancel') : t(trial.answer ? 'try.again' : 'try')}
                </Button>
              )}
              <Button type="submit" loading={busy} data-testid="add-save">
                {t('save')}
              </Button>
              {trial.answer || wayOf(type) === 'none' ? null : (
                <span className={classes.dim}>{t('save.untried')}</span>
              )}
            </div>
          </>
        ) : null}
      </div>
      {type && kind && device ? (
        <div className={classes.column}>
          <TrialPanel trial={trial} type={type} kind={kind} draft={draftKeyOf(device)} device={device} />
          <TypeNotesPanel type={type} kind={kind} />
        </div>
      ) : null}
    </form>
  );
}
