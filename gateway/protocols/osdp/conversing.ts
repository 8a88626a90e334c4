import {
  type OsdpOrder,
  type OsdpOutput,
  type OsdpReader,
  type OsdpSession,
  openOsdpSession,
} from './conversation.ts';
import { commandBytes } from './handshake.ts';
import type { ChannelState, OsdpState } from './report.ts';

/** libosdp's and most readers' own times: poll each 50 ms, gone after 8 s. */
export const pollMs = 50;
export const offlineMs = 8_000;
export const statusMs = 2_000;
/** A reader whose reply waits for its commit is kept alive so often. */
export const holdMs = 1_000;
export const busyMs = 100;
/** After silence the pause doubles up to this, and up to that of a reader that is lost. */
const longestPauseMs = 1_000;
const lostPauseMs = 5_000;
/** A channel that cannot be had is tried for again. */
const faultPauseMs = 5_000;
const mostOrders = 16;
/** In a handshake that is not answered so often it is begun anew: its reader may have forgotten it. */
const handshakeMisses = 3;

/** One step of a conversation under way: the session as it becomes, what is to be done, and the ways in which it begins anew. */
export class Conversing {
  session: OsdpSession;
  readonly outputs: OsdpOutput[] = [];
  protected readonly reader: OsdpReader;
  protected readonly now: number;

  constructor(session: OsdpSession, reader: OsdpReader, now: number) {
    this.session = session;
    this.reader = reader;
    this.now = now;
  }

  protected set(change: Partial<OsdpSession>): void {
    this.session = { ...this.session, ...change };
  }

  protected tell(state: OsdpState): void {
    this.outputs.push({ type: 'state', state });
  }

  protected send(
    code: number,
    data: Uint8Array,
    handshakeBlock: number | null = null,
    order: OsdpOrder | null = null,
  ): void {
    const { sent, channel, crc } = this.session;
    const sequence = sent ? (sent.sequence % 3) + 1 : 0;
    const { address, protection } = this.reader;
    // The block's data says which key is meant: 0 is that of installation mode.
    const which = Uint8Array.of(protection.mode === 'installation' ? 0 : 1);
    const block = handshakeBlock === null ? null : { type: handshakeBlock, data: which };
    const { bytes, channel: after } = commandBytes({ address, sequence, code, data, crc }, channel, block);
    this.set({ sent: { bytes, code, sequence, order, answered: false }, channel: after });
    this.outputs.push({ type: 'send', bytes });
  }

  // --- what does not come back

  /** Nothing usable came: the same bytes go out again. @param broken it says that the check of what it got is wrong */
  missed(broken = false): void {
    const { misses, lost, phase } = this.session;
    const pause = this.pauseMs();
    this.set({ misses: misses + 1, nextMono: this.now + pause });
    // One that is lost is asked seldom, and both ways in turn.
    const other = broken || (lost && !this.session.sumHeard) || (misses + 1) % handshakeMisses === 0;
    if (phase !== 'running' && other) {
      this.otherCheck();
      this.restart(null, pause);
    }
    this.checkSilence();
  }

  /** It refuses what it is told as long as the conversation does not begin anew. @param again as for a restart */
  protected beginAnew(again: OsdpOrder | null): void {
    const { misses, lost, phase } = this.session;
    // One that refuses the beginning as well is no better than a silent one, and no more of the line's time is given to it.
    const pause = lost ? lostPauseMs : phase === 'running' ? pollMs : this.pauseMs();
    this.set({ misses: misses + 1 });
    this.restart(again, pause);
    this.checkSilence();
  }

  private pauseMs(): number {
    const { misses, lost } = this.session;
    return Math.min(pollMs * 2 ** Math.min(misses, 10), lost ? lostPauseMs : longestPauseMs);
  }

  private otherCheck(): void {
    const { crc, sumHeard } = this.session;
    this.set({ crc: !crc, sumHeard: crc && sumHeard });
  }

  /** It has answered to what was sent. @returns whether it is to be spoken with so; else the conversation begins anew */
  protected settleCheck(): boolean {
    const { crc, sumHeard } = this.session;
    if (crc || sumHeard) {
      if (crc && sumHeard) this.set({ sumHeard: false });
      return true;
    }
    this.set({ crc: true, sumHeard: true, misses: 0 });
    this.restart(null);
    return false;
  }

  protected checkSilence(): void {
    if (this.now - this.session.usableMono > offlineMs) this.lose();
  }

  /** The channel cannot be had as the site wants it. */
  protected refuse(channel: ChannelState): void {
    this.restart(null, faultPauseMs);
    if (this.session.barred === channel) return;
    this.set({ barred: channel, lost: true });
    this.outputs.push({ type: 'barred', channel });
  }

  private lose(): void {
    const { lost, phase } = this.session;
    if (phase !== 'begin') this.restart(null, lostPauseMs);
    if (lost) return;
    this.set({ lost: true });
    this.outputs.push({ type: 'lost' });
  }

  /** @param again an order that has certainly not been done; any other that was sent may have been */
  protected restart(again: OsdpOrder | null, pauseMs = pollMs): void {
    const { sent, orders } = this.session;
    if (sent?.order && !sent.answered && !again)
      this.outputs.push({ type: 'failed', order: sent.order.id, why: 'timeout' });
    this.set({
      ...{ phase: 'begin', sent: null, channel: null, handshake: null, holding: null, questions: [] },
      ...{ orders: again ? [again, ...orders] : orders, nextMono: this.now + pauseMs },
    });
  }

  // --- the rest

  durable(number: number): void {
    if (this.session.holding === number) this.set({ holding: null, nextMono: this.now });
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
    const { lost, happened } = this.session;
    this.session = { ...openOsdpSession(this.now), lost, happened };
  }

  protected expireOrders(): void {
    const late = this.session.orders.filter(({ latestMono }) => latestMono < this.now);
    if (late.length === 0) return;
    for (const { id } of late) this.outputs.push({ type: 'failed', order: id, why: 'expired' });
    this.set({ orders: this.session.orders.filter(({ latestMono }) => latestMono >= this.now) });
  }

  protected alive(): void {
    if (this.session.phase === 'running')
      this.set({ usableMono: this.now, lost: false, barred: null, misses: 0 });
  }

  /** That it is spoken with as the site wants it, now and then; the first time with what it is. */
  protected tellChannel(): void {
    const { identity, tellChannelMono } = this.session;
    if (this.now < tellChannelMono) return;
    this.set({ tellChannelMono: this.now + statusMs, identity: null });
    const { mode } = this.reader.protection;
    this.tell({ type: 'channel', channel: mode === 'key' ? 'secure' : mode });
    if (identity) this.tell({ type: 'identity', identity });
  }
}
