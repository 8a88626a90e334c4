import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Command } from '../../gateway/contract/command.ts';
import type { DeviceView } from '../../gateway/contract/device-view.ts';
import type { Kind } from '../../gateway/contract/kind.ts';
import type { Device } from '../../gateway/contract/site.ts';
import { api, type Page, queryString } from '../app/api.ts';
import { newId } from '../app/ids.ts';
import { useLabel } from '../app/language.ts';
import { useEntities } from '../app/live.ts';
import { useCan } from '../app/session.tsx';
import { CommandProgress } from './command-progress.tsx';
import { CommandValue } from './command-value.tsx';
import tables from './data-table.module.css';
import classes from './device-commands.module.css';
import { type Given, useArgumentText } from './given-value.ts';
import { Panel } from './panel.tsx';
import { TwoStep } from './two-step.tsx';
import { Value } from './value.tsx';

const mostShown = 6;
const mostProofs = 8;

/** The last commands to a device, newest first: what the store has, and what has happened since. */
function useCommands(device: string): { recent: Command[]; add: (command: Command) => void } {
  const queries = useQueryClient();
  const running = useEntities('commands');
  const key = useMemo(() => ['commands', device], [device]);
  const { data } = useQuery({
    queryKey: key,
    queryFn: () => api.get<Page<Command>>(`/commands${queryString({ device, limit: mostShown })}`),
  });
  const recent = useMemo(() => {
    const all = [...(data?.items ?? []), ...running.filter((command) => command.device === device)];
    const byId = new Map(all.map((command) => [command.id, command]));
    return [...byId.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, mostShown);
  }, [data, running, device]);
  return {
    recent,
    add: (command) =>
      queries.setQueryData<Page<Command>>(key, (page) => ({
        items: [command, ...(page?.items ?? [])],
        next: page?.next ?? null,
      })),
  };
}

/** What a device can be told, each in two steps, and what has become of the last commands. */
export function DeviceCommands(props: {
  device: Device;
  kind: Kind;
  view: Pick<DeviceView, 'commands' | 'takes'>;
}) {
  const { device, kind } = props;
  const { commands, takes } = props.view;
  const { t } = useTranslation('parts');
  const label = useLabel();
  const can = useCan();
  const { recent, add } = useCommands(device.id);
  const nameOf = (command: string) => {
    const definition = kind.commands[command];
    return definition === undefined ? command : label(definition.label);
  };
  const { textOf } = useArgumentText();
  /** `Set speed 40 % → 45 %` */
  function toldOf({ command, args, was }: Command): string {
    const values = Object.entries(takes[command] ?? {}).flatMap(([name, one]) => {
      if (args[name] === undefined) return [];
      const to = textOf(args[name], one);
      return was === undefined || was === null ? to : `${textOf(was, one)} → ${to}`;
    });
    return [nameOf(command), ...values].join(' ');
  }
  const plain = commands.filter((command) => takes[command] === undefined);
  const valued = commands.filter((command) => takes[command] !== undefined);
  /** Where the effect of the commands is read back; a value stands beside its own field. */
  const proofs = [...new Set(plain.flatMap((command) => kind.commands[command]?.confirm?.point ?? []))].slice(
    0,
    mostProofs,
  );

  async function send(
    command: string,
    id: string,
    reason: string | undefined,
    args?: Record<string, Given>,
  ): Promise<void> {
    add(await api.post<Command>(`/devices/${device.id}/commands`, { id, command, args, reason }));
  }

  if (commands.length === 0 && recent.length === 0) return null;
  return (
    <Panel title={t('commands.title')}>
      {proofs.length === 0 ? null : (
        <p className={classes.proofs}>
          {t('commands.now')}{' '}
          {proofs.map((point) => {
            const definition = kind.points[point];
            return (
              <span key={point}>
                {definition === undefined ? point : label(definition.label)}{' '}
                <Value device={device.id} point={point} />
              </span>
            );
          })}
        </p>
      )}
      {!can('devices.command') ? (
        <p className={tables.dim}>{t('commands.forbidden')}</p>
      ) : (
        <div className={classes.commands}>
          {plain.map((command) => (
            <CommandButton
              key={command}
              label={nameOf(command)}
              question={t('commands.question', { command: nameOf(command), device: device.name })}
              unguarded={kind.commands[command]?.guarded === false}
              command={command}
              onSend={send}
            />
          ))}
          {valued.map((command) => {
            const definition = kind.commands[command];
            return definition === undefined ? null : (
              <CommandValue
                key={command}
                device={device}
                command={command}
                definition={definition}
                takes={takes[command] ?? {}}
                onSend={(args, reason) => send(command, newId(), reason, args)}
              />
            );
          })}
        </div>
      )}
      {recent.length === 0 ? null : (
        <div className={classes.recent} aria-live="polite">
          {recent.map((command) => (
            <CommandProgress key={command.id} command={command} label={toldOf(command)} />
          ))}
        </div>
      )}
    </Panel>
  );
}

function CommandButton(props: {
  label: string;
  question: string;
  unguarded: boolean;
  command: string;
  onSend: (command: string, id: string, reason: string | undefined) => Promise<void>;
}) {
  const { label, question, unguarded, command, onSend } = props;
  return (
    <TwoStep
      label={label}
      question={question}
      ask="optionalReason"
      unguarded={unguarded}
      onConfirm={(reason) => onSend(command, newId(), reason)}
      data-testid={`command-${command}`}
    />
  );
}
