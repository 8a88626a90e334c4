import { encodeOsdp, type OsdpFrame } from './frame.ts';
import {
  commands,
  type NakReason,
  nakReason,
  readCapabilities,
  readPeripheralId,
  replies,
} from './messages.ts';
import { happeningOf, stateOf } from './reply.ts';
import type { ChannelState, OsdpHappening, OsdpState } from './report.ts';
import {
  clientCryptogram,
  firstMac,
  installationKey,
  type SecureChannel,
  type SessionKeys,
  sameBytes,
  seal,
  serverCryptogram,
  sessionKeys,
  unseal,
} from './secure-channel.ts';

// The controller's side of the conversation with one reader (OSDP v2.2 §5.7, annex D). It says what to send and when it wants
// the line next; the bus gives it the line and says what came.

/** A reader that is to be secure is never spoken to otherwise; `key: null` is one that cannot be read. */
export type Protection =
  | { mode: 'plain' }
  | { mode: 'installation' }
  | { mode: 'key'; key: Uint8Array | null };

export interface OsdpReader {
  address: number;
  protection: Protection;
}

/** Something that the reader is told to do. */
export interface OsdpOrder {
  id: string;
  code: number;
  data: Uint8Array;
  /** Monotonic ms; not sent later. */
  latestMono: number;
}

export type OsdpInput =
  /** It has the line. @param random 8 bytes nobody can guess */
  | { type: 'turn'; random: Uint8Array }
  | { type: 'reply'; frame: OsdpFrame }
  /** Nothing usable came in time. */
  | { type: 'silence' }
  /** What was reported with `happened` is on disk. */
  | { type: 'durable' }
  | { type: 'order'; order: OsdpOrder }
  | { type: 'line-down' };

export type OrderFailure = 'refused' | 'timeout' | 'expired' | 'line-down';
export type OsdpOutput =
  | { type: 'send'; bytes: Uint8Array }
  | { type: 'state'; state: OsdpState }
  | { type: 'happened'; happening: OsdpHappening }
  | { type: 'done'; order: string }
  | { type: 'failed'; order: string; why: OrderFailure; reason?: NakReason }
  /** It has not been usable for `offlineMs`. */
  | { type: 'lost'; why: 'silent' | 'channel' };

interface Sent {
  bytes: Uint8Array;
  code: number;
  sequence: number;
  order: OsdpOrder | null;
  /** Its reply has come; the reader repeats that reply until it hears the next sequence number. */
  answered: boolean;
}

/** The handshake of a secure channel as far as it has come. */
interface Handshake {
  random: Uint8Array;
  keys: SessionKeys;
  /** Once the reader has proved its key. */
  cryptogram: Uint8Array | null;
}

export interface OsdpSession {
  phase: 'begin' | 'challenge' | 'proof' | 'identity' | 'capabilities' | 'running';
  sent: Sent | null;
  handshake: Handshake | null;
  channel: SecureChannel | null;
  orders: readonly OsdpOrder[];
  /** Status questions that are due. */
  questions: readonly number[];
  /** Those that this reader does not know. */
  unknown: readonly number[];
  askStatusMono: number;
  /** A reply that waits for its commit: the next sequence number would acknowledge it. */
  holding: boolean;
  misses: number;
  usableMono: number;
  lost: boolean;
  /** When it wants the line next, monotonic ms. */
  nextMono: number;
}

/** libosdp's and most readers' own times: poll each 50 ms, gone after 8 s. */
export const pollMs = 50;
export const offlineMs = 8_000;
const statusMs = 2_000;
/** A reader whose reply waits for its commit is kept alive so often. */
const holdMs = 1_000;
const busyMs = 100;
/** After silence the pause doubles up to this, and up to that of a reader that is lost. */
const longestPauseMs = 1_000;
const lostPauseMs = 5_000;
/** A channel that cannot be had is tried for again. */
const faultPauseMs = 5_000;
const mostOrders = 16;
/** In a handshake that is not answered so often it is begun anew: its reader may have forgotten it. */
const handshakeMisses = 3;

export function openOsdpSession(nowMono: number): OsdpSession {
  return {
    ...{ phase: 'begin', sent: null, handshake: null, channel: null, orders: [], questions: [], unknown: [] },
    ...{ askStatusMono: 0, holding: false, misses: 0, usableMono: nowMono, lost: false },
    nextMono: nowMono,
  };
}

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
      step.silence();
      break;
    case 'durable':
      step.durable();
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

class Stepping {
  session: OsdpSession;
  readonly outputs: OsdpOutput[] = [];
  private readonly reader: OsdpReader;
  private readonly now: number;

  constructor(session: OsdpSession, reader: OsdpReader, now: number) {
    this.session = session;
    this.reader = reader;
    this.now = now;
  }

  private set(change: Partial<OsdpSession>): void {
    this.session = { ...this.session, ...change };
  }

  private tell(state: OsdpState): void {
    this.outputs.push({ type: 'state', state });
  }

  // --- what it does with the line

  turn(random: Uint8Array): void {
    this.expireOrders();
    const { sent, holding } = this.session;
    this.set({ nextMono: this.now + pollMs });
    if (sent && (!sent.answered || holding)) this.outputs.push({ type: 'send', bytes: sent.bytes });
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
    this.set({ sent: null, channel: null, handshake: null, holding: false, questions: [] });
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
    this.set({ phase: 'challenge', handshake: { random, keys: sessionKeys(key, random), cryptogram: null } });
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
      this.tellChannel();
    }
    const [question] = this.session.questions;
    if (question !== undefined) this.set({ questions: this.session.questions.slice(1) });
    this.send(question ?? commands.POLL, new Uint8Array(0));
  }

  private send(
    code: number,
    data: Uint8Array,
    handshakeBlock: number | null = null,
    order: OsdpOrder | null = null,
  ): void {
    const { sent, channel } = this.session;
    const sequence = sent ? (sent.sequence % 3) + 1 : 0;
    // The block's data says which key is meant: 0 is that of installation mode.
    const which = Uint8Array.of(this.reader.protection.mode === 'installation' ? 0 : 1);
    const plain: OsdpFrame = {
      ...{ address: this.reader.address, reply: false, sequence, crc: true, code, data, mac: null },
      security: handshakeBlock === null ? null : { type: handshakeBlock, data: which },
    };
    const sealed = channel && handshakeBlock === null ? seal(channel, plain) : null;
    const bytes = encodeOsdp(sealed?.frame ?? plain);
    this.set({
      sent: { bytes, code, sequence, order, answered: false },
      channel: sealed?.channel ?? channel,
    });
    this.outputs.push({ type: 'send', bytes });
  }

  // --- what comes back

  reply(frame: OsdpFrame): void {
    const { sent, channel } = this.session;
    if (!sent || frame.address !== this.reader.address || !frame.reply) return;
    if (frame.code === replies.BUSY && !frame.security) {
      // §7.16: it has not taken the command, which is to be sent again as it was.
      this.alive();
      this.set({ nextMono: this.now + busyMs });
      return;
    }
    if (frame.code === replies.NAK && !frame.security) {
      this.nak(nakReason(frame.data), channel !== null);
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
      this.set({ channel: opened.channel });
      this.answered(opened.frame);
    } else this.answered(frame);
  }

  private answered(frame: OsdpFrame): void {
    const { sent, phase } = this.session;
    if (!sent) return;
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
        this.conversed(frame, sent);
        return;
      case 'begin':
        return;
    }
  }

  /** CCRYPT: the reader's unique id, RND.B and its cryptogram (D.4.2). */
  private challenged({ code, data }: OsdpFrame): void {
    const { handshake } = this.session;
    if (!handshake || code !== replies.CCRYPT || data.length !== 32) {
      this.refuse('unsupported');
      return;
    }
    const { keys, random } = handshake;
    const theirs = data.slice(8, 16);
    if (!sameBytes(data.slice(16), clientCryptogram(keys, random, theirs))) {
      this.refuse('wrong-key');
      return;
    }
    this.set({ handshake: { ...handshake, cryptogram: serverCryptogram(keys, random, theirs) } });
    this.set({ nextMono: this.now });
  }

  /** RMAC_I: the reader has checked our cryptogram, too, and says where its MACs begin (D.4.4). */
  private proved({ code, data, security }: OsdpFrame): void {
    const { handshake } = this.session;
    const cryptogram = handshake?.cryptogram;
    if (!handshake || !cryptogram) return;
    const first = firstMac(handshake.keys, cryptogram);
    if (code !== replies.RMAC_I || security?.data[0] !== 1 || !sameBytes(data, first)) {
      this.refuse('wrong-key');
      return;
    }
    this.set({
      ...{ phase: 'identity', handshake: null, nextMono: this.now },
      channel: { keys: handshake.keys, command: first, reply: first },
    });
  }

  private identified({ code, data }: OsdpFrame): void {
    const identity = code === replies.PDID ? readPeripheralId(data) : null;
    if (identity) this.tell({ type: 'identity', identity });
    this.set({ phase: 'capabilities', nextMono: this.now });
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
    this.set({ phase: 'running', unknown, askStatusMono: this.now + statusMs });
    this.alive();
    this.set({
      questions: [commands.LSTAT, commands.ISTAT, commands.OSTAT].filter((code) => !unknown.includes(code)),
    });
    this.tellChannel();
  }

  private conversed(frame: OsdpFrame, { order, code }: Sent): void {
    const state = stateOf(frame);
    if (state) this.tell(state);
    const happening = happeningOf(frame);
    if (happening) {
      this.set({ holding: true, nextMono: this.now + holdMs });
      this.outputs.push({ type: 'happened', happening });
    }
    if (!order) return;
    this.outputs.push({ type: 'done', order: order.id });
    if (code === commands.OUT) this.set({ questions: [commands.OSTAT, ...this.session.questions] });
  }

  /** @param lostChannel it speaks in plain though a channel stands */
  private nak(reason: NakReason, lostChannel: boolean): void {
    const { sent, phase } = this.session;
    if (!sent) return;
    if (reason === 'check') {
      this.missed();
      return;
    }
    const { order } = sent;
    const security = reason === 'security-required' || reason === 'security-unsupported';
    if (reason === 'sequence' || (security && phase === 'running' && lostChannel)) {
      // Refused before it was looked at: it has not been done, and may go out again.
      this.restart(order);
      return;
    }
    if (lostChannel) {
      // It has another idea of the channel than we do.
      if (order) this.outputs.push({ type: 'failed', order: order.id, why: 'refused', reason });
      this.set({ sent: { ...sent, answered: true } });
      this.restart(null);
      return;
    }
    if (phase === 'challenge' || phase === 'proof') {
      this.refuse(reason === 'security-required' ? 'wrong-key' : 'unsupported');
      return;
    }
    if (security) {
      if (this.reader.protection.mode === 'plain') this.refuse('key-required');
      else this.restart(order);
      return;
    }
    this.set({ sent: { ...sent, answered: true }, misses: 0 });
    if (phase === 'identity') this.set({ phase: 'capabilities' });
    else if (phase === 'capabilities') this.run([]);
    else if (phase === 'running') {
      this.alive();
      if (order) this.outputs.push({ type: 'failed', order: order.id, why: 'refused', reason });
      else if (reason === 'unknown-command') this.set({ unknown: [...this.session.unknown, sent.code] });
    }
  }

  // --- what does not come back

  silence(): void {
    this.missed();
  }

  private missed(): void {
    const { misses, lost, phase, usableMono } = this.session;
    const pause = Math.min(pollMs * 2 ** Math.min(misses, 10), lost ? lostPauseMs : longestPauseMs);
    this.set({ misses: misses + 1, nextMono: this.now + pause });
    if (phase !== 'running' && (misses + 1) % handshakeMisses === 0) this.restart(null, pause);
    if (this.now - usableMono > offlineMs) this.lose('silent');
  }

  /** The channel cannot be had as the site wants it. */
  private refuse(fault: ChannelState): void {
    this.restart(null, faultPauseMs);
    this.tell({ type: 'channel', channel: fault });
    if (this.now - this.session.usableMono > offlineMs || fault === 'no-key') this.lose('channel');
  }

  private lose(why: 'silent' | 'channel'): void {
    const { lost, phase } = this.session;
    if (phase !== 'begin') this.restart(null, lostPauseMs);
    if (lost) return;
    this.set({ lost: true });
    this.outputs.push({ type: 'lost', why });
  }

  /** @param again an order that has certainly not been done; any other that was sent may have been */
  private restart(again: OsdpOrder | null, pauseMs = pollMs): void {
    const { sent, orders } = this.session;
    if (sent?.order && !sent.answered && !again)
      this.outputs.push({ type: 'failed', order: sent.order.id, why: 'timeout' });
    this.set({
      ...{ phase: 'begin', sent: null, channel: null, handshake: null, holding: false, questions: [] },
      ...{ orders: again ? [again, ...orders] : orders, nextMono: this.now + pauseMs },
    });
  }

  // --- the rest

  durable(): void {
    this.set({ holding: false, nextMono: this.now });
  }

  order(order: OsdpOrder): void {
    if (this.session.orders.length >= mostOrders)
      this.outputs.push({ type: 'failed', order: order.id, why: 'expired' });
    else this.set({ orders: [...this.session.orders, order] });
  }

  lineDown(): void {
    const { sent, orders } = this.session;
    for (const order of [...(sent?.order && !sent.answered ? [sent.order] : []), ...orders])
      this.outputs.push({ type: 'failed', order: order.id, why: 'line-down' });
    this.session = { ...openOsdpSession(this.now), lost: this.session.lost };
  }

  private expireOrders(): void {
    const late = this.session.orders.filter(({ latestMono }) => latestMono < this.now);
    if (late.length === 0) return;
    for (const { id } of late) this.outputs.push({ type: 'failed', order: id, why: 'expired' });
    this.set({ orders: this.session.orders.filter(({ latestMono }) => latestMono >= this.now) });
  }

  private alive(): void {
    if (this.session.phase === 'running') this.set({ usableMono: this.now, lost: false, misses: 0 });
  }

  private tellChannel(): void {
    const { mode } = this.reader.protection;
    this.tell({ type: 'channel', channel: mode === 'key' ? 'secure' : mode });
  }
}
