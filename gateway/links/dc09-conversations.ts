import { randomBytes } from 'node:crypto';
import type { Clock, Instant } from '../lib/clock.ts';
import {
  type Dc09FrameError,
  encodeDc09,
  encodeDc09Nak,
  readDc09Frame,
} from '../protocols/sia-dc09/frame.ts';
import {
  type Dc09CommandFailure,
  type Dc09Input,
  type Dc09Order,
  type Dc09Output,
  type Dc09Panel,
  type Dc09Refusal,
  type Dc09Reply,
  type Dc09Report,
  type Dc09State,
  newDc09State,
  recallDc09,
  stepDc09,
} from '../protocols/sia-dc09/session.ts';
import type { FrameFate, ReportConnection } from './report-listener.ts';

/** A sender that the site knows. */
export interface KnownPanel {
  /** One conversation each, however the panel spells its account. */
  readonly conversation: string;
  /** Set for an account that no device has: the conversation with the receiver that takes it in, by which it is recalled. */
  readonly receiver: string | null;
  readonly panel: Dc09Panel;
}

export interface ConversationsDeps {
  clock: Clock;
  known(account: string): KnownPanel | null;
  /** `done()` after the commit: then the panel is acknowledged. With an error it is not, and repeats. */
  report(
    report: Dc09Report,
    from: { address: string; bytes: Uint8Array; received: Instant },
    done: (error?: Error) => void,
  ): void;
  /** A sound frame that is not taken, or a broken one. */
  refused(
    why: Dc09Refusal | Dc09FrameError,
    from: { address: string; bytes: Uint8Array; account: string | null; skewMs: number },
  ): void;
}

interface Conversation {
  known: KnownPanel;
  account: string;
  state: Dc09State;
  connection: ReportConnection | null;
  /** Address of its last report, over whatever connection. */
  lastFrom: string | null;
  cancel: () => void;
}

/** What became of a command to a panel; `not-connected`, `elsewhere` (somebody else may speak for it): nothing was sent. */
export type PanelAnswer = 'acknowledged' | 'not-connected' | 'elsewhere' | Dc09CommandFailure;

/** Of panels that nobody has registered anybody can make up more. */
const mostStrangers = 2_000;

/** 16 letters by chance, so that equal texts do not look equal. */
function pad(): string {
  return String.fromCharCode(...randomBytes(16).map((byte) => 0x41 + (byte % 26)));
}

function bytesOf(reply: Dc09Reply): Uint8Array {
  return 'nak' in reply ? encodeDc09Nak(reply.nak, reply.binaryCrc) : encodeDc09(reply, pad());
}

/** The conversations with all panels, each over whatever connections it comes. */
export function createConversations(deps: ConversationsDeps) {
  const { clock } = deps;
  const conversations = new Map<string, Conversation>();
  /** Conversations with accounts that no device has, oldest first. */
  const strangers = new Set<string>();
  /** The conversations that a connection carries. */
  const carried = new Map<ReportConnection, Set<Conversation>>();
  const waiting = new Map<string, (answer: PanelAnswer) => void>();
  /** Of before the start, until the panel speaks again. */
  const recalled = new Map<string, Dc09State>();

  function conversationOf(known: KnownPanel, account: string): Conversation {
    const open = conversations.get(known.conversation);
    if (open) {
      open.known = known;
      return open;
    }
    const state = recalled.get(known.receiver ?? known.conversation) ?? newDc09State;
    if (known.receiver === null) recalled.delete(known.conversation);
    const begun = { known, account, state, connection: null, lastFrom: null, cancel: () => {} };
    conversations.set(known.conversation, begun);
    if (known.receiver !== null) strangers.add(known.conversation);
    if (strangers.size > mostStrangers)
      for (const oldest of strangers) {
        strangers.delete(oldest);
        conversations.delete(oldest);
        break;
      }
    return begun;
  }

  /** Without a key anybody can speak for a panel: a living connection stays with the address that has it. */
  function heard(conversation: Conversation, account: string, connection: ReportConnection): void {
    const { known, connection: holder } = conversation;
    conversation.lastFrom = connection.address;
    // No command goes to a stranger.
    if (!connection.lasting || known.receiver !== null) return;
    if (holder && !known.panel.key && holder.address !== connection.address) return;
    if (holder) carried.get(holder)?.delete(conversation);
    const mine = carried.get(connection) ?? new Set();
    carried.set(connection, mine.add(conversation));
    conversation.connection = connection;
    conversation.account = account;
  }

  /** One step of the machine: answers go out, the next timer is set; what is left is for the caller. */
  function step(
    conversation: Conversation,
    input: Dc09Input,
    connection: ReportConnection | null,
  ): Dc09Output[] {
    const now = clock.now();
    const next = stepDc09(conversation.state, input, conversation.known.panel, now);
    conversation.state = next.state;
    for (const reply of next.send) connection?.send(bytesOf(reply));
    conversation.cancel();
    conversation.cancel =
      next.timer === null
        ? () => {}
        : clock.wakeAfter(Math.max(0, next.timer - now.monoMs), () => {
            settle(step(conversation, { type: 'time' }, conversation.connection));
          });
    return next.outputs;
  }

  function settle(outputs: readonly Dc09Output[]): void {
    for (const output of outputs) {
      if (output.type !== 'commanded') continue;
      waiting.get(output.command)?.(output.failure ?? 'acknowledged');
      waiting.delete(output.command);
    }
  }

  return {
    /** A frame; `settled` when nothing more comes of it. */
    frame(connection: ReportConnection, bytes: Uint8Array, settled: () => void): FrameFate {
      const { address } = connection;
      const received = clock.now();
      const read = readDc09Frame(bytes);
      if (!read.ok) {
        deps.refused(read.error, { address, bytes, account: null, skewMs: 0 });
        settled();
        return 'broken';
      }
      const { frame } = read;
      const account = frame.account ?? /^#([0-9A-F]+)\|/i.exec(frame.body)?.[1] ?? '';
      const input: Dc09Input = { type: 'frame', frame, account };
      const known = deps.known(account);
      const conversation = known && conversationOf(known, account);
      const outputs = conversation
        ? step(conversation, input, connection)
        : refuseStranger(input, connection);
      const taken = outputs.every(({ type }) => type !== 'refused');
      if (conversation && taken) heard(conversation, account, connection);
      settle(outputs);
      for (const output of outputs) {
        if (output.type === 'refused')
          deps.refused(output.why, { address, bytes, account, skewMs: output.skewMs ?? 0 });
        if (output.type !== 'report') continue;
        deps.report(output.report, { address, bytes, received }, (error) => {
          if (!error) connection.send(bytesOf(output.reply));
          settled();
        });
      }
      if (outputs.every(({ type }) => type !== 'report')) settled();
      return taken ? 'taken' : 'refused';
    },

    /** Before any frame: what a panel had sent before the restart, oldest first; `at` as monotonic ms. */
    recall(conversation: string, identity: string, at: number): void {
      const state = recalled.get(conversation) ?? newDc09State;
      recalled.set(conversation, recallDc09(state, identity, at));
    },

    lost(connection: ReportConnection): void {
      for (const conversation of carried.get(connection) ?? []) {
        conversation.connection = null;
        settle(step(conversation, { type: 'lost' }, null));
      }
      carried.delete(connection);
    },

    /** Sends a command to a panel on the connection on which it last reported; resolves with its answer, or that none came. */
    command(id: string, key: string, order: Dc09Order): Promise<PanelAnswer> {
      const conversation = conversations.get(key);
      const connection = conversation?.connection;
      if (!conversation || !connection) return Promise.resolve('not-connected');
      const { known, lastFrom } = conversation;
      if (order.password !== null && !known.panel.key && connection.address !== lastFrom)
        return Promise.resolve('elsewhere');
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        const { account } = conversation;
        settle(step(conversation, { type: 'command', command: id, account, order }, connection));
      });
    },

    close(): void {
      for (const conversation of conversations.values()) {
        conversation.cancel();
        settle(stepDc09(conversation.state, { type: 'lost' }, null, clock.now()).outputs);
      }
      conversations.clear();
    },
  };

  function refuseStranger(input: Dc09Input, connection: ReportConnection): Dc09Output[] {
    const { send, outputs } = stepDc09(newDc09State, input, null, clock.now());
    for (const reply of send) connection.send(bytesOf(reply));
    return outputs;
  }
}
export type Conversations = ReturnType<typeof createConversations>;
