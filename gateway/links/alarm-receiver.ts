import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { Logger } from '../lib/log.ts';
import { createDc09Assembler, longestDc09Frame } from '../protocols/sia-dc09/assembler.ts';
import type { Dc09Order } from '../protocols/sia-dc09/session.ts';
import { type ConversationsDeps, createConversations, type PanelAnswer } from './dc09-conversations.ts';
import { type ListenerName, portBusy } from './port-busy.ts';
import {
  listenForReports,
  type ReportConnection,
  type ReportLimits,
  reportLimits,
} from './report-listener.ts';

export interface AlarmReceiverLimits extends ReportLimits {
  /** Datagrams that wait for the disk; further ones are not answered, so their panels repeat them. */
  panelWaitingDatagrams: number;
}

export const alarmReceiverLimits: AlarmReceiverLimits = { ...reportLimits, panelWaitingDatagrams: 2_000 };

export interface AlarmReceiverOptions extends ConversationsDeps {
  host: string;
  /** TCP and UDP; 0 takes a free one. */
  port: number;
  log: Logger;
  limits?: Partial<AlarmReceiverLimits>;
  limited(limit: keyof AlarmReceiverLimits): void;
}

const named: ListenerName = {
  ...{ name: 'alarm receiver', variables: 'GATEHOUSE_ALARM_RECEIVER', key: 'alarmReceiver' },
};

export interface AlarmReceiver {
  readonly port: number;
  /** Takes nothing from the wire before it is called with false, nor after it was called with true. */
  pauseReading(paused: boolean): void;
  /** Open TCP connections. */
  connections(): number;
  /** See `Conversations.recall`. */
  recall(conversation: string, identity: string, at: number): void;
  /** See `Conversations.command`. */
  command(id: string, conversation: string, order: Dc09Order): Promise<PanelAnswer>;
  close(): Promise<void>;
}

/**
 * Alarm panels report here by TCP or UDP (SIA DC-09), and are acknowledged when their report is on disk.
 * @throws port.busy naming the port
 */
export async function createAlarmReceiver(options: AlarmReceiverOptions): Promise<AlarmReceiver> {
  const { host, log, limited } = options;
  const limits = { ...alarmReceiverLimits, ...options.limits };
  const conversations = createConversations(options);
  let waitingDatagrams = 0;

  const listener = await listenForReports({
    ...{ named, host, port: options.port, log, limits, limited },
    speech: { ...conversations, assembler: createDc09Assembler },
  });
  const { port } = listener;

  function datagram(udp: UdpSocket, bytes: Buffer, from: { address: string; port: number }): void {
    // Port 0 can be forged, and nothing can be sent back to it.
    if (listener.paused() || from.port === 0 || bytes.length > longestDc09Frame) return;
    if (waitingDatagrams >= limits.panelWaitingDatagrams) {
      limited('panelWaitingDatagrams');
      return;
    }
    // What is ignored costs nothing, or a sender that goes on would never be heard again.
    const pace = listener.paceOf(from.address);
    if (pace.take(0) > 0) {
      limited('panelFramesPerSecond');
      return;
    }
    pace.take(1);
    waitingDatagrams++;
    const connection: ReportConnection = {
      address: from.address,
      lasting: false,
      send(answer) {
        try {
          udp.send(answer, from.port, from.address, () => {});
        } catch {
          // The socket is closed, since the gateway ends: the panel repeats.
        }
      },
    };
    conversations.frame(connection, bytes, () => {
      waitingDatagrams--;
    });
  }

  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      udp.once('error', (cause) => reject(portBusy(named, host, port, cause)));
      udp.bind(port, host, resolve);
    });
  } catch (error) {
    await listener.close();
    throw error;
  }
  udp.removeAllListeners('error');
  udp.on('error', (error: Error) => log.error({ port, error: error.message }, 'alarm receiver error'));
  udp.on('message', (bytes, from) => datagram(udp, bytes, from));

  return {
    port,
    pauseReading: listener.pauseReading,
    connections: listener.connections,
    recall: conversations.recall,
    command: conversations.command,
    async close() {
      const closed = Promise.all([
        listener.close(),
        new Promise<void>((resolve) => udp.close(() => resolve())),
      ]);
      conversations.close();
      await closed;
    },
  };
}
