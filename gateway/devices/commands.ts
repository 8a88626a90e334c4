import type { Command, CommandProof, WhyNot } from '../contract/command.ts';
import type { Change } from '../contract/live.ts';
import type { PointValue, Reading } from '../contract/reading.ts';
import { fault } from '../lib/errors.ts';
import { suggestion } from '../lib/nearest.ts';
import type { Query } from '../store/store.ts';
import type { Memory } from '../store/table.ts';
import type { Turn } from '../store/turn.ts';
import { proofFor } from './command-confirm.ts';
import { handOver, type OrderedHouse } from './command-handover.ts';
import { type CommandInput, hasEnded, type Proof, stepCommand } from './command-machine.ts';
import type { SendCommand } from './command-orders.ts';
import { meansCommand } from './command-payload.ts';
import { timeOutOf } from './command-time-out.ts';
import { auditedValues, refusedArgument } from './command-values.ts';
import { shownBy } from './composition.ts';
import type { CommandRoute } from './live-device.ts';
import type { CommandAnswer } from './message.ts';
import { createProofs } from './proofs.ts';
import { commandOf, runningQuery } from './store.ts';

export interface CommandRequest {
  /** Made by the client, so that repeating it is safe; drawn here when absent. */
  id?: string;
  device: string;
  command: string;
  args?: Record<string, unknown>;
  reason?: string | null;
  /** The alarm whose linkage asks. */
  alarm?: string | null;
  /** Who asks, when it is not who is signed in: `schedule:id`. */
  by?: string;
}

/** Where commands find their devices. */
export interface CommandHouse extends OrderedHouse {
  /** Why a device cannot be reached now; null when it can. */
  unreachable(id: string): string | null;
  /** What a point (`device.point`) reads; undefined: nobody knows. */
  value(key: string): PointValue | undefined;
  /** Why a point must go on reading what it does; null when it need not. */
  heldBy?(key: string, value: PointValue): string | null;
}

/**
 * How a command came to its end, for those who wait for it: `unsent` is certain never to have left, `unanswered` may have been
 * done all the same, `refused` is the device's own word.
 */
export type CommandEnd = 'confirmed' | 'refused' | 'unsent' | 'unanswered';

function endOf(command: Command, input: CommandInput): CommandEnd {
  if (command.state === 'confirmed') return 'confirmed';
  if (input.type === 'answer') return 'refused';
  return command.sentAt === null && command.state !== 'unknown' ? 'unsent' : 'unanswered';
}

/** A link that never says what became of the bytes: the command ends as `unknown` so long after its expiry. */
const silentLinkMs = 30_000;
const longestArgs = 2_000;

export interface Commands {
  load(): Promise<void>;
  /** At start, as an input: what was being sent becomes `unknown`, what still waits goes out. */
  recover(turn: Turn): void;
  /**
   * Asks a device to do something. The record is durable before any byte leaves.
   * @throws not.found, state.conflict (it takes no such command), request.invalid, id.conflict
   */
  request(turn: Turn, request: CommandRequest): Command;
  onSent(turn: Turn, id: string): void;
  onFailed(turn: Turn, id: string, why: WhyNot): void;
  onAnswer(turn: Turn, device: string, answer: CommandAnswer): void;
  /** Every newest reading passes here: it may be the proof that a command waits for. */
  onReading(turn: Turn, reading: Reading, key: string): void;
  /** Durable timers of the room `commands`. */
  onTimer(turn: Turn, name: string): void;
  /** Whether a device takes a command of this name from the gateway alone. */
  isInternal(device: string, command: string): boolean;
  /** A command that has not ended, or ended in the last moments. */
  running(id: string): Command | undefined;
  /** What proves a command of a device; null: only the device's own answer does; undefined: it takes no such command. */
  proofOf(
    device: string,
    command: string,
    args?: Readonly<Record<string, unknown>>,
  ): CommandProof | null | undefined;
  /** Why a command would be refused now, for what holds its point; null when it would be taken. */
  refusalOf(device: string, command: string): string | null;
  snapshot(): Change[];
}

export function createCommands(deps: {
  memory: Memory;
  query: Query;
  house: CommandHouse;
  send: SendCommand;
  /** After each step of a command; `end` when it was its last. */
  moved(turn: Turn, command: Command, end: CommandEnd | null): void;
}): Commands {
  const { house, send } = deps;
  const open = deps.memory.table<Command>('commands');
  const proofs = createProofs(deps.memory);

  function routeOf(command: Command): CommandRoute | undefined {
    return house.device(command.device)?.commands.get(command.command);
  }

  function proofOf(route: CommandRoute | undefined): Proof {
    if (route?.confirm) return 'read-back';
    return route && !route.answered ? 'echo' : 'answer';
  }

  function step(turn: Turn, command: Command, input: CommandInput): Command {
    const route = routeOf(command);
    const next = stepCommand(command, input, proofOf(route), turn.now);
    if (next === command) return command;
    turn.write('commands.update', next.state, next.endedAt, JSON.stringify(next), next.id);
    turn.change('commands', next.id, next);
    open.set(next.id, hasEnded(next) ? undefined : next);
    if (next.state === 'sending') began(turn, next, route);
    else if (next.state === 'sent') wait(turn, next, route);
    else if (hasEnded(next)) finished(turn, next, route);
    deps.moved(turn, next, hasEnded(next) ? endOf(next, input) : null);
    if (command.state === 'sending') advance(turn, route?.target ?? command.device);
    return next;
  }

  function began(turn: Turn, command: Command, route: CommandRoute | undefined): void {
    turn.timer('commands', command.id, command.expiresAt + silentLinkMs, 'duration');
    if (!route) return;
    const proof = proofFor(route, command.args);
    if (proof) {
      for (const id of proofs.want(command.id, proof)) {
        const older = open.get(id);
        if (older) step(turn, older, { type: 'superseded', by: command.id });
      }
    }
    turn.after(() => handOver({ house, send }, command, route));
  }

  function wait(turn: Turn, command: Command, route: CommandRoute | undefined): void {
    const withinMs = route?.definition.confirmWithinMs ?? 0;
    turn.timer('commands', command.id, turn.now + withinMs, 'duration');
    // A device that is asked but once a minute shows in time what it has done, too.
    const device = route?.confirm && shownBy(route.confirm.key, house.device);
    if (device) turn.after(() => send.look({ device, withinMs }));
  }

  function finished(turn: Turn, command: Command, route: CommandRoute | undefined): void {
    turn.clearTimer('commands', command.id);
    if (route?.confirm) proofs.release(command.id, route.confirm.key);
  }

  /** One at a time is in `sending` on a device, so that its bytes keep the order of the requests. */
  function advance(turn: Turn, target: string): void {
    let first: Command | undefined;
    for (const command of open.values()) {
      if ((routeOf(command)?.target ?? command.device) !== target) continue;
      if (command.state === 'sending') return;
      if (command.state === 'requested' && (!first || command.id < first.id)) first = command;
    }
    if (!first) return;
    const route = routeOf(first);
    // Its type has changed since it was asked for.
    const wrong = route ? refusedArgument(route, first.args) : null;
    if (wrong === null) step(turn, first, { type: 'begin' });
    else {
      step(turn, first, { type: 'failed', why: { error: wrong, failure: { code: 'not-taken' } } });
      advance(turn, target);
    }
  }

  function heldOf(route: CommandRoute | undefined, args: Command['args']): string | null {
    const proof = route ? proofFor(route, args) : null;
    return (proof && house.heldBy?.(proof.key, proof.value)) ?? null;
  }

  /** What the point of a command that takes a value reads now, to be told beside it. */
  function valueBefore({ confirm }: CommandRoute): PointValue | undefined {
    return confirm && 'argument' in confirm ? house.value(confirm.key) : undefined;
  }

  function sameRequest(command: Command, request: CommandRequest): boolean {
    return (
      command.device === request.device &&
      command.command === request.command &&
      command.reason === (request.reason ?? null) &&
      JSON.stringify(command.args) === JSON.stringify(request.args ?? {})
    );
  }

  return {
    async load() {
      for (const row of await deps.query<{ doc: string }>(runningQuery)) {
        const command = commandOf(row);
        open.load(command.id, command);
      }
    },
    recover(turn) {
      const targets = new Set<string>();
      for (const command of [...open.values()]) {
        const route = routeOf(command);
        targets.add(route?.target ?? command.device);
        // A proof may still come for what had been sent.
        const proof = command.state === 'sent' && route ? proofFor(route, command.args) : null;
        if (proof) proofs.want(command.id, proof);
        step(turn, command, { type: 'restart' });
      }
      for (const target of targets) advance(turn, target);
    },
    request(turn, request) {
      const known = request.id === undefined ? undefined : open.get(request.id);
      if (known) {
        if (sameRequest(known, request)) return known;
        throw fault(
          'id.conflict',
          `${known.id} is the id of another command: ${known.command} of ${known.device}`,
        );
      }
      const device = house.device(request.device);
      if (!device) throw fault('not.found', `there is no device "${request.device}"`);
      const route = device.commands.get(request.command);
      if (!route) {
        const taken = [...device.commands.keys()];
        throw fault(
          'state.conflict',
          `${device.id} takes no command "${request.command}"${suggestion(request.command, taken)}; it takes ${taken.join(', ') || 'none'}`,
        );
      }
      const args = request.args ?? {};
      const held = heldOf(route, args);
      if (held)
        throw fault('state.conflict', `${device.id} does not take "${request.command}" for now: ${held}`);
      const wrong = refusedArgument(route, args);
      if (wrong !== null) throw fault('request.invalid', `${request.command} of ${device.id}: ${wrong}`);
      if (JSON.stringify(args).length > longestArgs)
        throw fault('request.invalid', `"args" are longer than ${longestArgs} characters; send less`);
      const was = valueBefore(route);
      const command: Command = {
        id: request.id ?? turn.id(),
        device: device.id,
        command: request.command,
        args,
        ...(was !== undefined && { was }),
        state: 'requested',
        requestedAt: turn.now,
        requestedBy: request.by ?? turn.actor?.who ?? 'gateway',
        reason: request.reason ?? null,
        alarm: request.alarm ?? null,
        expiresAt: turn.now + route.definition.expiresMs,
        sentAt: null,
        endedAt: null,
        error: null,
        failure: null,
      };
      open.set(command.id, command);
      turn.write(
        'commands.insert',
        command.id,
        command.device,
        command.state,
        command.requestedAt,
        null,
        command.alarm,
        JSON.stringify(command),
      );
      turn.change('commands', command.id, command);
      turn.timer('commands', command.id, command.expiresAt, 'duration');
      turn.audit({
        action: 'command.requested',
        subject: `device:${command.device}`,
        detail: {
          command: command.command,
          id: command.id,
          args,
          ...auditedValues(route, args, was),
          reason: command.reason,
          alarm: command.alarm,
        },
      });
      // What the gateway says itself needs nobody to listen: a tank is cleaned with its transmitter off.
      const gone = 'tells' in route.source ? null : house.unreachable(route.target);
      if (gone !== null)
        return step(turn, command, {
          type: 'failed',
          why: {
            error: `${route.target} is offline: ${gone}`,
            failure: { code: 'offline', device: route.target, why: gone },
          },
        });
      advance(turn, route.target);
      return open.get(command.id) ?? command;
    },
    onSent(turn, id) {
      const command = open.get(id);
      if (command) step(turn, command, { type: 'sent' });
    },
    onFailed(turn, id, why) {
      const command = open.get(id);
      if (command) step(turn, command, { type: 'failed', why });
    },
    onAnswer(turn, device, { id, ok, error }) {
      // Only the device that was asked may answer.
      const asked = (command: Command) => (routeOf(command)?.target ?? command.device) === device;
      const named = open.get(id);
      const command = named
        ? asked(named) && named
        : [...open.values()].find((one) => asked(one) && meansCommand(id, one.id));
      if (command) step(turn, command, { type: 'answer', ok, error });
    },
    onReading(turn, reading, key) {
      if (reading.quality !== 'good') return;
      for (const id of proofs.provedBy(key, reading.value)) {
        const command = open.get(id);
        // What was read before it was asked for proves nothing.
        if (command && reading.receivedAt >= command.requestedAt) step(turn, command, { type: 'readBack' });
      }
    },
    onTimer(turn, name) {
      const command = open.get(name);
      if (command)
        step(turn, command, { type: 'timeOut', why: timeOutOf(command, routeOf(command), house.value) });
    },
    isInternal: (device, command) =>
      house.device(device)?.commands.get(command)?.definition.internal ?? false,
    running: (id) => open.get(id),
    proofOf(device, command, args = {}) {
      const route = house.device(device)?.commands.get(command);
      return route && proofFor(route, args);
    },
    refusalOf: (device, command) => heldOf(house.device(device)?.commands.get(command), {}),
    snapshot: () => [...open.committed.values()].map((data) => ({ entity: 'commands', id: data.id, data })),
  };
}
