import type { Logger } from '../lib/log.ts';
import { createFireAssembler } from '../protocols/gbt26875/assembler.ts';
import { createFireConversations, type FireConversationsDeps } from './fire-conversations.ts';
import { listenForReports, type ReportLimits, reportLimits } from './report-listener.ts';

export interface FireReceiverOptions extends FireConversationsDeps {
  host: string;
  /** 0 takes a free one. */
  port: number;
  log: Logger;
  limits?: Partial<ReportLimits>;
  limited(limit: keyof ReportLimits): void;
}

export interface FireReceiver {
  readonly port: number;
  /** Takes nothing from the wire before it is called with false, nor after it was called with true. */
  pauseReading(paused: boolean): void;
  /** Open ones. */
  connections(): number;
  /** See `createFireConversations`. */
  recall(device: string, identity: string, at: number): void;
  close(): Promise<void>;
}

/**
 * Fire transmission devices report here by TCP (GB/T 26875.3), and are confirmed when their report is on disk.
 * @throws port.busy naming the port
 */
export async function createFireReceiver(options: FireReceiverOptions): Promise<FireReceiver> {
  const { host, port, log, limited } = options;
  const conversations = createFireConversations(options);
  const listener = await listenForReports({
    named: { name: 'fire receiver', variables: 'GATEHOUSE_FIRE', key: 'fireReceiver' },
    ...{ host, port, log, limited },
    limits: { ...reportLimits, ...options.limits },
    speech: { ...conversations, assembler: createFireAssembler },
  });
  return {
    port: listener.port,
    pauseReading: listener.pauseReading,
    connections: listener.connections,
    recall: conversations.recall,
    close: listener.close,
  };
}
