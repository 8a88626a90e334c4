import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ChangeEvent, type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { ExplainedFrame, FrameCandidate, TypeReading } from '../../../gateway/contract/frame.ts';
import { api, type Page } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel } from '../../app/language.ts';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import classes from './inspect.module.css';
import { InspectCandidates, InspectedFrame } from './inspect-answer.tsx';
import { type Inspected, keepRecent, likelier, readRecent, withInspected } from './inspect-frame.ts';
import { InspectReading } from './inspect-reading.tsx';
import frame from './integrate.module.css';

/** The answer of POST /decode. */
interface Inspection {
  candidates: FrameCandidate[];
  frame: ExplainedFrame | null;
  types: TypeReading[];
}

interface Question extends Inspected {
  form: string;
  firstRegister: string;
  key: string;
}

const guess = 'guess';

function askFor({ input, protocol, topic, type, form, firstRegister, key }: Question): Promise<Inspection> {
  return api.post<Inspection>('/decode', {
    input,
    ...(protocol === null ? {} : { protocol }),
    ...(topic === '' ? {} : { topic }),
    ...(type === null ? {} : { type }),
    ...(form === 'both' ? {} : { form }),
    ...(/^\d+$/.test(firstRegister) ? { firstRegister: Number(firstRegister) } : {}),
    ...(key === '' ? {} : { key }),
  });
}

/** Takes bytes, texts and messages apart, as they came from a line, a log or a broker. */
export default function InspectPart() {
  const { t } = useTranslation('integrateInspect');
  const label = useLabel();
  const { types } = useCatalogue();
  const [query] = useSearchParams();
  const [question, setQuestion] = useState<Question>(() => ({
    input: query.get('hex') ?? query.get('text') ?? '',
    protocol: query.get('protocol'),
    topic: query.get('topic') ?? '',
    type: query.get('type'),
    form: query.get('text') === null ? 'both' : 'text',
    firstRegister: '',
    key: '',
  }));
  /** Chosen in the list of protocols: it stays for the next bytes, too. */
  const [byHand, setByHand] = useState(false);
  const [recent, setRecent] = useState(readRecent);
  const protocols = useQuery({
    queryKey: ['protocols'],
    queryFn: () => api.get<Page<string>>('/protocols'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const decode = useMutation({ mutationFn: askFor });
  const { mutate, data, error, isPending, variables } = decode;

  const change = (part: Partial<Question>) => setQuestion((before) => ({ ...before, ...part }));

  function run(part: Partial<Question> = {}): void {
    const asked = { ...question, ...part };
    setQuestion(asked);
    if (asked.input.trim() === '') return;
    const { input, protocol, topic, type } = asked;
    const list = withInspected(recent, { input, protocol, topic, type });
    setRecent(list);
    keepRecent(list);
    mutate(asked);
  }

  /** Other bytes may be of another protocol; what is pasted is looked at once. */
  function takeInput(event: ChangeEvent<HTMLTextAreaElement>): void {
    const part = { input: event.currentTarget.value, ...(byHand ? {} : { protocol: null }) };
    const { inputType } = event.nativeEvent as InputEvent;
    if (inputType === 'insertFromPaste' || inputType === 'insertFromDrop') run(part);
    else change(part);
  }

  // A link from elsewhere brings the bytes along: they are looked at once, when it is opened.
  const [linked] = useState(question);
  useEffect(() => {
    if (linked.input !== '') mutate(linked);
  }, [linked, mutate]);

  function submit(event: FormEvent): void {
    event.preventDefault();
    run();
  }
  function onKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  }

  const chosen = data?.frame?.protocol;
  const asked = data === undefined ? undefined : variables;
  const by = asked?.protocol ?? null;
  const misread = by === null ? null : likelier(by, data?.candidates ?? []);
  const isModbus = chosen === 'modbus-rtu' || chosen === 'modbus-tcp';
  return (
    <div className={classes.columns}>
      <Panel title={t('title')}>
        <form className={frame.stack} onSubmit={submit}>
          <p className={frame.dim}>{t('explain')}</p>
          <Textarea
            label={t('input')}
            description={t('inputHint')}
            classNames={{ input: classes.paste }}
            value={question.input}
            onChange={takeInput}
            onKeyDown={onKey}
            autosize
            minRows={3}
            maxRows={10}
            spellCheck={false}
            autoComplete="off"
            maxLength={65_536}
          />
          <div className={classes.options}>
            <Select
              label={t('protocol')}
              data={[
                { value: guess, label: t('guess') },
                ...(protocols.data?.items ?? []).map((each) => ({ value: each, label: each })),
              ]}
              value={question.protocol ?? guess}
              onChange={(value) => {
                setByHand(value !== guess);
                change({ protocol: value === guess ? null : value });
              }}
              allowDeselect={false}
              searchable
            />
            <Select
              label={t('form')}
              data={(['both', 'hex', 'text'] as const).map((each) => ({
                value: each,
                label: t(`form.${each}`),
              }))}
              value={question.form}
              onChange={(value) => change({ form: value ?? 'both' })}
              allowDeselect={false}
            />
            <Select
              label={t('type')}
              description={t('typeHint')}
              data={[...types.values()].map(({ id, label: words }) => ({
                value: id,
                label: `${label(words)} · ${id}`,
              }))}
              value={question.type}
              onChange={(value) => change({ type: value })}
              searchable
              clearable
            />
            <TextInput
              label={t('topic')}
              description={t('topicHint')}
              value={question.topic}
              onChange={(event) => change({ topic: event.currentTarget.value.trim() })}
              autoComplete="off"
            />
            {isModbus && question.type !== null ? (
              <TextInput
                label={t('firstRegister')}
                description={t('firstRegisterHint')}
                value={question.firstRegister}
                onChange={(event) => change({ firstRegister: event.currentTarget.value.trim() })}
                inputMode="numeric"
                autoComplete="off"
              />
            ) : null}
            {chosen === 'sia-dc09' ? (
              <TextInput
                label={t('key')}
                description={t('keyHint')}
                value={question.key}
                onChange={(event) => change({ key: event.currentTarget.value.trim() })}
                autoComplete="off"
              />
            ) : null}
          </div>
          <div className={frame.row}>
            <Button type="submit" loading={isPending}>
              {t('run')}
            </Button>
          </div>
          <ProblemNote error={error} />
        </form>
        {recent.length === 0 ? null : (
          <div className={classes.recent}>
            <div className={classes.recentHead}>
              <h3>{t('recent')}</h3>
              <Button
                variant="default"
                size="compact-xs"
                onClick={() => {
                  setRecent([]);
                  keepRecent([]);
                }}
              >
                {t('recent.clear')}
              </Button>
            </div>
            {recent.map((one) => (
              <button
                key={`${one.topic} ${one.input}`}
                type="button"
                className={classes.recentOne}
                onClick={() => {
                  setByHand(false);
                  run({ ...one, form: 'both' });
                }}
              >
                {one.topic === '' ? '' : `${one.topic} `}
                {one.input}
              </button>
            ))}
          </div>
        )}
      </Panel>
      <div className={frame.stack} aria-live="polite">
        {data === undefined ? null : (
          <>
            {asked === undefined || asked.input === question.input ? null : (
              <p className={classes.note} data-testid="inspect-before">
                {t('before')}
              </p>
            )}
            {misread === null || by === null ? null : (
              <p className={classes.note} role="alert" data-testid="inspect-misfit">
                ⚠ {t('misfit', { protocol: by, likelier: misread })}{' '}
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => {
                    setByHand(false);
                    run({ protocol: null });
                  }}
                >
                  {t('misfit.guess')}
                </Button>
              </p>
            )}
            <InspectCandidates
              candidates={data.candidates}
              chosen={chosen}
              message={question.topic !== ''}
              onChoose={(protocol) => run({ protocol })}
            />
            {data.frame === null ? null : <InspectedFrame frame={data.frame} />}
            {question.topic !== '' && data.types.length === 0 ? (
              <Panel>
                <p className={frame.dim}>{t('noType', { topic: question.topic })}</p>
              </Panel>
            ) : null}
            {data.types.map((reading) => (
              <InspectReading key={reading.type} reading={reading} />
            ))}
          </>
        )}
      </div>
    </div>
  );
}
