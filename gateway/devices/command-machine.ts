import type { Command, CommandState, WhyNot } from '../contract/command.ts';

/** What can happen to a command. */
export type CommandInput =
  /** Its turn on its device has come; after the commit the bytes go out. */
  | { type: 'begin' }
  /** The bytes are out: a Modbus slave has echoed them, the broker's subscriber has them. */
  | { type: 'sent' }
  /** They could not be sent, or were refused. */
  | { type: 'failed'; why: WhyNot }
  /** The device's own answer. */
  | { type: 'answer'; ok: boolean; error: string | null }
  /** The point that proves it reads what it should. */
  | { type: 'readBack' }
  /** The time of its present state is over. */
  | { type: 'timeOut'; why: WhyNot }
  /** A later command wants the same point to read something, and is on its way. */
  | { type: 'superseded'; by: string }
  /** The gateway has started again. */
  | { type: 'restart' };

/** How a command is known to be done: `echo` when the link's own confirmation is the proof. */
export type Proof = 'read-back' | 'answer' | 'echo';

const tooLate: WhyNot = { error: 'it could not be sent in time', failure: { code: 'too-late' } };
const interrupted: WhyNot = {
  error: 'the gateway stopped while it was being sent; look at the device',
  failure: { code: 'interrupted' },
};

const ended: ReadonlySet<CommandState> = new Set(['confirmed', 'failed', 'expired', 'unknown']);

export function hasEnded(command: Command): boolean {
  return ended.has(command.state);
}

function end(command: Command, state: CommandState, now: number, why: WhyNot | null): Command {
  return { ...command, state, endedAt: now, error: why?.error ?? null, failure: why?.failure ?? null };
}

/** @param words the device's own, if it gave any */
function refusal(words: string | null): WhyNot {
  return { error: words ?? 'the device refused it', failure: { code: 'refused', words } };
}

/**
 * One step in a command's life (DECISIONS: commands). What has no meaning in a state changes nothing: an ended command
 * never moves again, and a command found in `sending` after a restart is never sent again.
 * @param now UTC ms
 * @returns the same object when nothing changes
 */
export function stepCommand(command: Command, input: CommandInput, proof: Proof, now: number): Command {
  if (hasEnded(command)) return command;
  switch (command.state) {
    case 'requested':
      return stepRequested(command, input, now);
    case 'sending':
      return stepSending(command, input, proof, now);
    default:
      return stepSent(command, input, proof, now);
  }
}

function stepRequested(command: Command, input: CommandInput, now: number): Command {
  switch (input.type) {
    case 'begin':
      return now < command.expiresAt
        ? { ...command, state: 'sending' }
        : end(command, 'expired', now, tooLate);
    case 'failed':
      return end(command, 'failed', now, input.why);
    case 'timeOut':
      return end(command, 'expired', now, input.why);
    default:
      return command;
  }
}

function stepSending(command: Command, input: CommandInput, proof: Proof, now: number): Command {
  switch (input.type) {
    case 'sent':
      return proof === 'echo'
        ? end({ ...command, sentAt: now }, 'confirmed', now, null)
        : { ...command, state: 'sent', sentAt: now };
    case 'answer':
      // The device may be quicker than the word that the bytes are out.
      if (!input.ok) return end({ ...command, sentAt: now }, 'failed', now, refusal(input.error));
      return proof === 'answer'
        ? end({ ...command, sentAt: now }, 'confirmed', now, null)
        : { ...command, state: 'sent', sentAt: now };
    case 'readBack':
      return end({ ...command, sentAt: now }, 'confirmed', now, null);
    case 'failed':
      return end(command, now >= command.expiresAt ? 'expired' : 'failed', now, input.why);
    case 'timeOut':
      return end(command, 'unknown', now, input.why);
    case 'restart':
      return end(command, 'unknown', now, interrupted);
    default:
      return command;
  }
}

function stepSent(command: Command, input: CommandInput, proof: Proof, now: number): Command {
  switch (input.type) {
    case 'answer':
      if (!input.ok) return end(command, 'failed', now, refusal(input.error));
      return proof === 'answer' ? end(command, 'confirmed', now, null) : command;
    case 'readBack':
      return end(command, 'confirmed', now, null);
    case 'failed':
      return end(command, 'failed', now, input.why);
    case 'timeOut':
      return end(command, 'failed', now, input.why);
    case 'superseded':
      return end(command, 'failed', now, {
        error: `superseded by ${input.by}`,
        failure: { code: 'superseded', by: input.by },
      });
    default:
      return command;
  }
}
