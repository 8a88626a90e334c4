import { createSocket } from 'node:dgram';
import { uhppotePort } from '../protocols/uhppote/codec.ts';

/** By which of this machine's addresses another one is reached. @throws when there is no way to it */
export async function ownAddressTowards(host: string): Promise<string> {
  const socket = createSocket('udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(uhppotePort, host, resolve);
    });
    return socket.address().address;
  } finally {
    socket.close();
  }
}
