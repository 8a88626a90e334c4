import { Button } from '@mantine/core';
import { type FormEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Addition } from '../../../gateway/contract/addition.ts';
import { ApiError, api } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { useEntities } from '../../app/live.ts';
import { readPreference, writePreference } from '../../app/preferences.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './add.module.css';
import {
  type AddForm,
  deviceOf,
  emptyForm,
  errorsByField,
  type FilledForm,
  fittingLinks,
  needsOf,
  nextLike,
  proposedId,
  proposedName,
  usualArea,
} from './add-form.ts';
import { PlaceFields } from './add-place.tsx';
import { Saved } from './add-saved.tsx';
import { SettingFields } from './add-settings.tsx';
import { TrialPanel, wayOf } from './add-trial.tsx';
import { TypeChoice, TypeNotesPanel } from './add-type.tsx';
import { WayFields } from './add-way.tsx';
import { linkText, readWhere, topicRoots, usualWhere, type Where } from './add-where.ts';
import { areaBody } from './new-area.ts';
import { linkBody } from './new-link.ts';
import { draftOf, useTrial } from './use-trial.ts';

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

/** The form with its proposals taken, and what it makes. */
function useFilled(form: AddForm) {
  const label = useLabel();
  const { types, kindOf } = useCatalogue();
  const devices = useEntities('devices');
  const links = useEntities('links');
  const areas = useEntities('areas');
  const taken = useMemo(
    () => ({ ids: new Set(devices.map(({ id }) => id)), names: new Set(devices.map(({ name }) => name)) }),
    [devices],
  );
  const type = types.get(form.type ?? '');
  const kind = kindOf(form.type ?? undefined);
  const fitting = useMemo(() => (type ? fittingLinks(links, type) : []), [links, type]);
  if (!type || !kind) return null;
  const needs = needsOf(type, kind);
  const given = links.find(({ id }) => id === form.link);
  const typed =
    form.where ??
    (given
      ? linkText(given)
      : usualWhere({ type, fitting, must: needs.link === 'must', roots: topicRoots(type, kind, form) }));
  const where: Where =
    needs.link === 'no' ? { is: 'nothing' } : readWhere(typed, { type, links, fitting, changed: form.line });
  const link = where.is === 'link' ? where.link : where.is === 'new' ? where.line.id : null;
  const near = form.area ?? usualArea(link, devices, areas, readPreference('lastArea'));
  const area = form.newArea ? areaBody(form.newArea, areas, near) : undefined;
  const filled: FilledForm = {
    ...form,
    link,
    name: form.name ?? proposedName(label(type.label), taken.names),
    area: area?.id ?? near,
  };
  const id = proposedId(form, taken.ids);
  const device = deviceOf(filled, { type, kind, id });
  const newLink = where.is === 'new' ? linkBody(where.line, type.link) : undefined;
  return { type, kind, needs, fitting, typed, where, filled, id, device, newLink, area };
}

function AddDevice({ given }: { given: Pick<AddForm, 'type' | 'link' | 'address'> }) {
  const { t } = useTranslation('integrateAdd');
  const [form, setForm] = useState<AddForm>({ ...emptyForm, ...given });
  const [saved, setSaved] = useState<Addition | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { types } = useCatalogue();
  const links = useEntities('links');
  const trial = useTrial();
  const made = useFilled(form);
  const fields = useMemo(
    () => errorsByField([failure, trial.error].flatMap((one) => (one instanceof ApiError ? one.errors : []))),
    [failure, trial.error],
  );

  function change(part: Partial<AddForm>): void {
    setForm((before) => ({ ...before, ...part }));
    setFailure(null);
    // What was said of the place before says nothing of another.
    if (part.where !== undefined || part.line !== undefined) trial.reset();
  }

  function choose(chosen: string | null): void {
    const next = types.get(chosen ?? '');
    const keepsLink = next && fittingLinks(links, next).some((one) => one.id === form.link);
    trial.reset();
    change({
      ...{ type: chosen, settings: {}, bind: {}, parent: null, where: null, line: {} },
      ...(!keepsLink && { link: null }),
    });
  }

  function begin(next: AddForm): void {
    trial.reset();
    setSaved(null);
    setFailure(null);
    setForm(next);
  }

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (!made) return;
    const { device, newLink, area } = made;
    setBusy(true);
    setFailure(null);
    try {
      setSaved(await api.post<Addition>('/site/additions', { device, link: newLink, area }));
      writePreference('lastArea', device.area);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  }

  if (saved && made)
    return (
      <Saved
        device={saved.device}
        link={saved.link}
        type={made.type}
        kind={made.kind}
        onAgain={() => begin(nextLike(form, saved.device))}
        onOther={() => begin(emptyForm)}
      />
    );
  return (
    <form className={classes.page} onSubmit={(event) => void save(event)}>
      <div className={classes.column}>
        <Panel title={`1 ${t('step.type')}`}>
          <div className={classes.stack}>
            <TypeChoice value={form.type} onChange={choose} error={fields.get('type')} />
            {made ? null : <p className={classes.dim}>{t('explain')}</p>}
          </div>
        </Panel>
        {made ? (
          <>
            <WayFields
              {...{ type: made.type, kind: made.kind, needs: made.needs, fitting: made.fitting }}
              {...{ typed: made.typed, where: made.where, form: made.filled, fields }}
              onChange={(part) => {
                trial.reset();
                change(part);
              }}
            />
            <SettingFields
              {...{ form, type: made.type, kind: made.kind, fields }}
              onChange={(settings) => change({ settings })}
            />
            <PlaceFields {...{ form: made.filled, area: made.area, id: made.id, fields }} onChange={change} />
            <ProblemNote error={fields.has('') || fields.size === 0 ? failure : null} />
            <div className={classes.acts}>
              {wayOf(made.type) === 'none' ? null : (
                <Button
                  variant="default"
                  data-testid="add-try"
                  onClick={() =>
                    trial.busy ? trial.reset() : void trial.run(draftOf(made.device, made.newLink))
                  }
                >
                  {trial.busy ? t('try.cancel') : t(trial.answer ? 'try.again' : 'try')}
                </Button>
              )}
              <Button type="submit" loading={busy} data-testid="add-save">
                {t('save')}
              </Button>
              {trial.answer || wayOf(made.type) === 'none' ? null : (
                <span className={classes.dim}>{t('save.untried')}</span>
              )}
            </div>
          </>
        ) : null}
      </div>
      {made ? (
        <div className={classes.column}>
          <TrialPanel
            {...{ trial, type: made.type, kind: made.kind }}
            draft={draftOf(made.device, made.newLink)}
          />
          <TypeNotesPanel type={made.type} kind={made.kind} />
        </div>
      ) : null}
    </form>
  );
}
