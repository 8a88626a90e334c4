import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { paths } from '../../app/routes.tsx';
import { Panel } from '../../components/panel.tsx';
import frame from './integrate.module.css';
import classes from './types.module.css';
import type { CheckedCase, CheckedText, TypeSource } from './types-api.ts';
import { CaseDifferences, caseFiles, DeleteCase, TakeDecoded } from './types-case.tsx';
import { CaseEditor } from './types-case-editor.tsx';
import { useSaveFiles, useTypeFile } from './types-file.ts';

/** The cases of a type, each run with the text that is in the editor, and the one that is open. */
export function TypeCases(props: {
  source: TypeSource;
  /** The text that they are run with is not saved. */
  drafted: boolean;
  checked: CheckedText | null;
  /** Name of the case that is open. */
  open: string | null;
  onOpen: (name: string | null) => void;
  /** What is typed into the files of the open case, for the check. */
  onDrafts: (drafts: Readonly<Record<string, string>>) => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const { source, checked, open } = props;
  const { id, own } = source;
  const runs = new Map((checked?.cases ?? []).map((run) => [run.name, run]));
  return (
    <div className={frame.stack}>
      <p className={frame.dim}>{t(own ? 'cases.explain' : 'cases.shipped')}</p>
      {own && checked?.sound === false ? <p className={classes.note}>⚠ {t('cases.notRun')}</p> : null}
      {source.cases.length === 0 ? <p className={frame.dim}>{t('cases.none')}</p> : null}
      <ul className={classes.cases}>
        {source.cases.map((name) => (
          <li key={name} data-testid={`case-${name}`}>
            <CaseLine
              {...{ id, own, name }}
              run={runs.get(name)}
              drafted={props.drafted}
              open={open === name}
              onOpen={() => props.onOpen(open === name ? null : name)}
            />
            {open === name ? (
              <CaseEditor
                key={name}
                {...{ id, own, name }}
                checked={checked}
                onDrafts={props.onDrafts}
                onClose={() => props.onOpen(null)}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {open !== null && own && !source.cases.includes(open) ? (
        <Panel title={t('case.new', { name: open })}>
          <CaseEditor
            key={open}
            {...{ id, own, name: open }}
            isNew
            checked={checked}
            onDrafts={props.onDrafts}
            onClose={() => props.onOpen(null)}
          />
        </Panel>
      ) : null}
      {own ? <NewCase taken={source.cases} onOpen={props.onOpen} /> : null}
    </div>
  );
}

function CaseLine(props: {
  id: string;
  own: boolean;
  name: string;
  run: CheckedCase | undefined;
  drafted: boolean;
  open: boolean;
  onOpen: () => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const { own, name, run, open } = props;
  const differences = run?.differences ?? [];
  return (
    <>
      <div className={classes.caseHead}>
        <strong>{name}</strong>
        {own ? (
          <span>
            {run === undefined
              ? t('case.unknown')
              : run.passed
                ? `✓ ${t('case.passed')}`
                : run.differences.length > 0
                  ? `⚠ ${t('case.failed', { count: run.differences.length })}`
                  : `⚠ ${t('case.broken')}`}
          </span>
        ) : null}
        <span className={classes.caseActs}>
          <Button size="compact-xs" variant="default" aria-expanded={open} onClick={props.onOpen}>
            {t(open ? 'case.close' : own ? 'case.edit' : 'case.show')}
          </Button>
          {own && run !== undefined && differences.length > 0 && !open ? (
            <TakeNow {...props} run={run} />
          ) : null}
          {own && !open ? <DeleteCase id={props.id} name={name} /> : null}
        </span>
      </div>
      {open ? null : <CaseDifferences differences={differences} />}
    </>
  );
}

/** Makes what comes out of a saved case now what it expects. */
function TakeNow({
  id,
  name,
  run,
  drafted,
}: {
  id: string;
  name: string;
  run: CheckedCase;
  drafted: boolean;
}) {
  const { path } = caseFiles(name).expected;
  const { kept } = useTypeFile(id, path);
  const save = useSaveFiles(id);
  return (
    <TakeDecoded
      name={name}
      differences={run.differences}
      drafted={drafted}
      disabled={kept === undefined}
      onTake={() => save({ [path]: { text: run.decoded, base: kept?.version ?? null } })}
    />
  );
}

/** Asks for the name of a case, and opens it. */
function NewCase({ taken, onOpen }: { taken: readonly string[]; onOpen: (name: string) => void }) {
  const { t } = useTranslation('integrateTypes');
  const [name, setName] = useState('');
  const wanted = name.trim();

  function open(event: FormEvent): void {
    event.preventDefault();
    onOpen(wanted);
    setName('');
  }
  return (
    <form className={frame.row} onSubmit={open}>
      <TextInput
        size="xs"
        label={t('case.name')}
        description={t('copy.idHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={taken.includes(wanted) ? t('case.taken') : undefined}
        pattern="[a-z0-9][a-z0-9\-]{0,62}"
        autoComplete="off"
        required
      />
      <Button type="submit" size="xs" variant="default" disabled={taken.includes(wanted)}>
        {t('case.add')}
      </Button>
      <span className={frame.dim}>
        {t('case.orInspect')} <Link to={paths.integrate('inspect')}>{t('case.inspect')}</Link>
      </span>
    </form>
  );
}
