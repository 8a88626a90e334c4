import { connect, type Socket } from 'node:net';
import { createDc09Assembler } from '../gateway/protocols/sia-dc09/assembler.ts';
import {
  type Dc09Message,
  encodeDc09,
  openDc09Frame,
  readDc09Frame,
} from '../gateway/protocols/sia-dc09/frame.ts';

/** A panel waits this long for the receiver's ACK and then sends again. */
const ackMs = 4_000;
const heartbeatMs = 30_000;
const reconnectMs = 1_000;
const hourMs = 3_600_000;
const pad = 'PANELSIMULATORPA';

/** A Hengbo panel over TCP: reports one by one, each again until it is acknowledged, and can be armed and disarmed. */
export function simulateHengboPanel(
  port: number,
  { account, home, password }: { account: string; home: string; password: string },
) {
  const queue: { seq: string; id: string; data: string; done: () => void }[] = [];
  let socket: Socket;
  let timer: NodeJS.Timeout | undefined;
  let next = 1;
  let armed = false;
  let closed = false;

  function send(id: string, seq: string, data: string): void {
    const message = { id, seq, receiver: 'R000000', line: 'L000000', account, data, key: null };
    // It keeps the time of its place.
    if (socket.writable) socket.write(encodeDc09({ ...message, timestamp: Date.now() + 8 * hourMs }, pad));
  }

  function transmit(): void {
    clearTimeout(timer);
    const head = queue[0];
    if (!head) return;
    send(head.id, head.seq, head.data);
    timer = setTimeout(transmit, ackMs);
  }

  function put(id: string, data: string): Promise<void> {
    const seq = String(next).padStart(4, '0');
    next = (next % 9_999) + 1;
    return new Promise((done) => {
      queue.push({ seq, id, data, done });
      if (queue.length === 1) transmit();
    });
  }

  const report = (text: string) => put('HENG-BO', `#${home}|${text}`);

  function take({ id, seq, data, xdata }: Dc09Message): void {
    if (id === 'ACK') {
      if (queue[0]?.seq !== seq) return;
      queue.shift()?.done();
      transmit();
      return;
    }
    if (id !== 'HENG-BO') return;
    send('ACK', seq, '');
    const text = data.split('|')[1] ?? '';
    const wanted = text.startsWith('3400') ? true : text.startsWith('1400') ? false : null;
    if (wanted === null) return;
    if (!wanted && xdata[0] !== password) {
      void report('1701 00 099');
      return;
    }
    armed = wanted;
    void report(text);
  }

  function open(): void {
    const assembler = createDc09Assembler();
    socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    socket.on('connect', transmit);
    socket.on('data', (bytes) => {
      for (const frame of assembler.push(bytes)) {
        const read = readDc09Frame(frame);
        const opened = read.ok ? openDc09Frame(read.frame, null) : read;
        if (opened.ok) take(opened.message);
      }
    });
    socket.on('close', () => {
      clearTimeout(timer);
      if (!closed) setTimeout(open, reconnectMs);
    });
  }

  open();
  void put('NULL', '');
  const beat = setInterval(() => {
    if (queue.length === 0) void put('NULL', '');
  }, heartbeatMs);
  return {
    /** `qXYZ GG CCC`; resolves when the receiver has acknowledged it. */
    report,
    armed: () => armed,
    close() {
      closed = true;
      clearInterval(beat);
      clearTimeout(timer);
      socket.destroy();
    },
  };
}
