import type { OsdpInput, OsdpOutput, OsdpReader, OsdpSession, Sent } from './conversation.ts';
import { busyMs, Conversing, holdMs, pollMs, statusMs } from './conversing.ts';
import type { OsdpFrame } from './frame.ts';
import { beginHandshake, takeChallenge, takeProof } from './handshake.ts';
import {
  commands,
  type NakReason,
  nakReason,
  readCapabilities,
  readPeripheralId,
  replies,
} from './messages.ts';
import { meaningOf } from './refusal.ts';
import { happeningOf, stateOf } from './reply.ts';
import { installationKey, unseal } from './secure-channel.ts';

// The controller's side of the conversation with one reader (OSDP v2.2 §5.7, annex D). It says what to send and when it wants
// the line next; the bus gives it the line and says what came.

export interface OsdpStep {
  session: OsdpSession;
  outputs: OsdpOutput[];
}

/** One input of a reader's conversation. Pure: the same state, input and time give the same step. */
export function stepOsdp(
  session: OsdpSession,
  input: OsdpInput,
  reader: OsdpReader,
  nowMono: number,
): OsdpStep {
  const step = new Stepping(session, reader, nowMono);
  switch (input.type) {
    case 'turn':
      step.turn(input.random);
      break;
    case 'reply':
      step.reply(input.frame);
      break;
    case 'silence':
      step.missed();
      break;
    case 'durable':
      step.durable(input.number);
      break;
    case 'order':
      step.order(input.order);
      break;
    case 'line-down':
      step.lineDown();
      break;
  }
  return { session: step.session, outputs: step.outputs };
}

/** What it says on its turn, and what it makes of what comes back. */
class Stepping extends Conversing {
  // --- what it does with the line

  turn(random: Uint8Array): void {
    this.expireOrders();
    // Asked for again and again it may be done at last when nobody wants it any more.
    const late = this.session.sent;
    if (late?.order && !late.answered && late.order.latestMono < this.now) this.restart(null);
    const { sent, holding } = this.session;
    this.set({ nextMono: this.now + pollMs });
    if (sent && (!sent.answered || holding !== null)) this.outputs.push({ type: 'send', bytes: sent.bytes });
    else this.ask(random);
  }

  private ask(random: Uint8Array): void {
    switch (this.session.phase) {
      case 'begin':
        this.begin(random);
        return;
      case 'challenge':
      case 'proof':
        this.prove();
        return;
      case 'identity':
        this.send(commands.ID, Uint8Array.of(0));
        return;
      case 'capabilities':
        this.send(commands.CAP, Uint8Array.of(0));
        return;
      case 'running':
        this.converse();
    }
  }

  /** From sequence number 0 on: the reader forgets what it knew of this conversation. */
  private begin(random: Uint8Array): void {
    const { protection } = this.reader;
    this.set({ sent: null, channel: null, handshake: null, holding: null, questions: [] });
    if (protection.mode === 'plain') {
      this.set({ phase: 'identity' });
      this.send(commands.ID, Uint8Array.of(0));
      return;
    }
    const key = protection.mode === 'key' ? protection.key : installationKey;
    if (!key) {
      this.refuse('no-key');
      return;
    }
    this.set({ phase: 'challenge', handshake: beginHandshake(key, random) });
    this.send(commands.CHLNG, random, 0x11);
  }

  private prove(): void {
    const cryptogram = this.session.handshake?.cryptogram;
    if (!cryptogram) return;
    this.set({ phase: 'proof' });
    this.send(commands.SCRYPT, cryptogram, 0x13);
  }

  private converse(): void {
    const { orders, unknown, askStatusMono } = this.session;
    const [order] = orders;
    if (order) {
      this.set({ orders: orders.slice(1) });
      this.send(order.code, order.data, null, order);
      return;
    }
    if (this.now >= askStatusMono) {
      const all = [commands.LSTAT, commands.ISTAT, commands.OSTAT];
      this.set({
        askStatusMono: this.now + statusMs,
        questions: all.filter((code) => !unknown.includes(code)),
      });
    }
    const [question] = this.session.questions;
    if (question !== undefined) this.set({ questions: this.session.questions.slice(1) });
    this.send(question ?? commands.POLL, new Uint8Array(0));
  }

  // --- what comes back

  reply(frame: OsdpFrame): void {
    const { sent, channel } = this.session;
    if (!sent || frame.address !== this.reader.address || !frame.reply) return;
    const reason = frame.code === replies.NAK && !frame.security ? nakReason(frame.data) : null;
    if (reason !== 'check' && !this.settleCheck()) return;
    if (reason !== null) {
      this.nak(reason, channel !== null);
      return;
    }
    if (frame.code === replies.BUSY && !frame.security) {
      // Said outside of the channel, it proves nothing.
      this.busy(channel === null);
      return;
    }
    if (frame.sequence !== sent.sequence) return;
    if (sent.answered) {
      // The same reply again, asked for to keep the reader alive while the first one's commit is on its way.
      this.alive();
      this.set({ nextMono: this.now + holdMs });
      return;
    }
    if (channel) {
      const opened = unseal(channel, frame);
      // What is not of this channel did not come from this reader: as good as silence.
      if (!opened) return;
      // The same bytes go out again, and so must their reply still be understood.
      if (opened.frame.code !== replies.BUSY) this.set({ channel: opened.channel });
      this.answered(opened.frame);
    } else this.answered(frame);
  }

  /** §7.16: it has not taken the command, which is to be sent again as it was. */
  private busy(proven: boolean): void {
    this.set({ nextMono: this.now + busyMs });
    if (proven) this.alive();
    else this.checkSilence();
  }

  private answered(frame: OsdpFrame): void {
    const { sent, phase } = this.session;
    if (!sent) return;
    if (frame.code === replies.BUSY) {
      this.busy(true);
      return;
    }
    if (frame.code === replies.NAK) {
      this.nak(nakReason(frame.data), false);
      return;
    }
    this.set({ sent: { ...sent, answered: true }, misses: 0 });
    switch (phase) {
      case 'challenge':
        this.challenged(frame);
        return;
      case 'proof':
        this.proved(frame);
        return;
      case 'identity':
        this.identified(frame);
        return;
      case 'capabilities':
        this.capable(frame);
        return;
      case 'running':
        this.alive();
        this.tellChannel();
        this.conversed(frame, sent);
        return;
      case 'begin':
        return;
    }
  }

  private challenged(frame: OsdpFrame): void {
    const { handshake } = this.session;
    if (!handshake) return;
    const taken = takeChallenge(handshake, frame);
    if ('fault' in taken) this.refuse(taken.fault);
    else this.set({ handshake: taken, nextMono: this.now });
  }

  private proved(frame: OsdpFrame): void {
    const { keys, cryptogram } = this.session.handshake ?? {};
    if (!keys || !cryptogram) return;
    const taken = takeProof(keys, cryptogram, frame);
    if ('fault' in taken) this.refuse(taken.fault);
    else this.set({ phase: 'identity', handshake: null, channel: taken, nextMono: this.now });
  }

  private identified({ code, data }: OsdpFrame): void {
    const identity = code === replies.PDID ? readPeripheralId(data) : null;
    this.set({ phase: 'capabilities', identity, nextMono: this.now });
  }

  private capable({ code, data }: OsdpFrame): void {
    const unknown: number[] = [];
    if (code === replies.PDCAP) {
      const has = (number: number) =>
        readCapabilities(data).some((one) => one.function === number && one.count > 0);
      if (!has(1)) unknown.push(commands.ISTAT);
      if (!has(2)) unknown.push(commands.OSTAT);
    }
    this.run(unknown);
  }

  private run(unknown: readonly number[]): void {
    this.set({ phase: 'running', unknown, askStatusMono: this.now, tellChannelMono: this.now });
  }

  private conversed(frame: OsdpFrame, { order, code }: Sent): void {
    const state = stateOf(frame);
    if (state) this.tell(state);
    const happening = happeningOf(frame);
    if (happening) {
      const number = this.session.happened + 1;
      this.set({ happened: number, holding: number, nextMono: this.now + holdMs });
      this.outputs.push({ type: 'happened', number, happening });
    }
    if (!order) return;
    this.outputs.push({ type: 'done', order: order.id });
    if (code === commands.OUT) this.set({ questions: [commands.OSTAT, ...this.session.questions] });
  }

  /** @param outside it speaks in plain though a channel stands */
  private nak(reason: NakReason, outside: boolean): void {
    const { sent, phase } = this.session;
    if (!sent) return;
    const means = meaningOf(reason, outside, phase, this.reader.protection.mode);
    if (means === 'again') this.missed(true);
    else if (means === 'begin') this.beginAnew(sent.order);
    else if (typeof means === 'object') this.refuse(means.fault);
    else {
      this.set({ sent: { ...sent, answered: true }, misses: 0 });
      if (sent.order) this.outputs.push({ type: 'failed', order: sent.order.id, why: 'refused', reason });
      if (means === 'confused') this.beginAnew(null);
      else this.without(sent, reason);
    }
  }

  /** It goes on without what the reader does not do. */
  private without({ code, order }: Sent, reason: NakReason): void {
    const { phase, unknown } = this.session;
    if (phase === 'identity') this.set({ phase: 'capabilities' });
    else if (phase === 'capabilities') this.run([]);
    else if (reason === 'unknown-command' && !order) this.set({ unknown: [...unknown, code] });
    this.alive();
  }
}
