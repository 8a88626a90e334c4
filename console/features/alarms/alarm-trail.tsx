import { Button, Group, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlarmTransition } from '../../../gateway/contract/alarm.ts';
import type { Command } from '../../../gateway/contract/command.ts';
import { alarmActions } from '../../app/alarm-actions.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { newId } from '../../app/ids.ts';
import { useLabel } from '../../app/language.ts';
import { useEntityMap } from '../../app/live.ts';
import { useCan } from '../../app/session.tsx';
import { useWho } from '../../app/spoken.ts';
import { useSiteTime } from '../../app/time.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { useWhyNot } from '../../components/why-not.ts';
import classes from './alarm-detail.module.css';

/** Every step of the alarm's life, and what its linkage did. */
export function AlarmTrail(props: { transitions: readonly AlarmTransition[]; commands: readonly Command[] }) {
  const { t } = useTranslation('alarms');
  const time = useSiteTime();
  const devices = useEntityMap('devices');
  const who = useWho();
  const label = useLabel();
  const whyNot = useWhyNot();
  const { kindOf } = useCatalogue();
  function nameOf({ device, command }: Pick<Command, 'device' | 'command'>): string {
    const definition = kindOf(devices.get(device)?.type)?.commands[command];
    return definition === undefined ? command : label(definition.label);
  }
  /** What an interlock wrote is `interlock: fountain stop ✓`, in keys (gateway/plant/interlocks.ts); all else is words. */
  function spoken({ cause, comment }: AlarmTransition): string | null {
    const interlock = cause === 'linked' ? /^interlock: (\S+) (\S+)(.*)$/s.exec(comment ?? '') : null;
    const [, device, command, outcome = ''] = interlock ?? [];
    if (device === undefined || command === undefined) return comment;
    const what = `${devices.get(device)?.name ?? device} · ${nameOf({ device, command })}`;
    return `${who('interlock')} · ${what}${outcome}`;
  }
  if (props.transitions.length === 0) return null;
  return (
    <>
      {props.commands.length === 0 ? null : (
        <section>
          <h3>{t('linkage.title')}</h3>
          <ul className={classes.trail}>
            {props.commands.map((command) => (
              <li key={command.id}>
                <span className="gh-number">{time.clock(command.requestedAt)}</span>
                <span>{t(`command.${command.state}`)}</span>
                <span>
                  {[devices.get(command.device)?.name ?? command.device, nameOf(command), whyNot(command)]
                    .filter((word) => word !== null)
                    .join(' · ')}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t('history.title')}</h3>
        <ol className={classes.trail}>
          {props.transitions.map((step) => (
            <li key={step.revision}>
              <time className="gh-number">{time.moment(step.at)}</time>
              <span>{t(`cause.${step.cause}`)}</span>
              <span>
                {who(step.who)}
                {step.station === null ? '' : ` · ${step.station}`}
              </span>
              {step.comment === null ? null : <span className={classes.comment}>{spoken(step)}</span>}
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

/** A word for the record; the verdict "false alarm" is one click. The same words sent again keep their id. */
export function CommentBox({ alarm }: { alarm: string }) {
  const { t } = useTranslation('alarms');
  const can = useCan();
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const pending = useRef({ id: '', comment: '' });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  if (!can('alarms.acknowledge')) return null;

  async function send(comment: string): Promise<void> {
    if (pending.current.comment !== comment) pending.current = { id: newId(), comment };
    setBusy(true);
    setError(null);
    try {
      await alarmActions.comment(alarm, pending.current);
      pending.current = { id: '', comment: '' };
      setText('');
      // A closed alarm has no live row whose revision would tell.
      await queries.invalidateQueries({ queryKey: ['alarm', alarm] });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className={classes.commentBox}>
      <Textarea
        label={t('comment.label')}
        placeholder={t('comment.placeholder')}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        rows={2}
      />
      <ProblemNote error={error} />
      <Group gap={6}>
        <Button
          size="compact-sm"
          disabled={text.trim() === ''}
          loading={busy}
          onClick={() => void send(text.trim())}
        >
          {t('comment.add')}
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          disabled={busy}
          onClick={() => void send([t('comment.falseAlarm'), text.trim()].filter(Boolean).join('：'))}
        >
          {t('action.falseAlarm')}
        </Button>
      </Group>
    </section>
  );
}
