import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { createFireReceiver } from './fire-receiver.ts';
import { portBusy } from './port-busy.ts';

test('the port of fire transmission devices, taken, names its setting', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const receiver = createFireReceiver({
    ...{ host: '127.0.0.1', port, clock: systemClock, log: silentLog, limited() {} },
    ...{ known: () => null, momentShowing: (shown) => shown, shownNow: () => 0, report() {}, refused() {} },
  });
  await expect(receiver).rejects.toMatchObject({
    code: 'port.busy',
    detail: expect.stringMatching(/GATEHOUSE_FIRE_PORT \(fireReceiver\.port in gatehouse\.yaml\)/),
  });
  other.close();
});

test('an address that is not of this machine names the setting of the address', () => {
  const cause = Object.assign(new Error('bind EADDRNOTAVAIL 192.0.2.1'), { code: 'EADDRNOTAVAIL' });
  const named = { name: 'fire receiver', variables: 'GATEHOUSE_FIRE', key: 'fireReceiver' };
  expect(portBusy(named, '192.0.2.1', 5200, cause)).toMatchObject({
    detail: expect.stringMatching(/GATEHOUSE_FIRE_HOST \(fireReceiver\.host in gatehouse\.yaml\)/),
  });
});
