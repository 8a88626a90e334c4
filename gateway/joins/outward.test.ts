import { expect, test } from 'vitest';
import type { WhyNot } from '../contract/command.ts';
import type { ControllerOrder, ModbusOrder, PanelOrder, ReaderOrder } from '../devices/command-orders.ts';
import { createOutward } from './outward.ts';

/** Every way out fails on the command. */
function broken() {
  const failures: [string, WhyNot][] = [];
  const reject = () => Promise.reject(new RangeError('Invalid time value'));
  const send = createOutward({
    lines: () =>
      ({
        broker: undefined,
        links: { tellReader: reject, write: reject },
        mqttLinks: { publish: reject },
        panels: { command: reject },
        doorControllers: { order: reject },
      }) as never,
    sent() {},
    failed: (command, why) => void failures.push([command, why]),
    answered() {},
    tell() {},
  });
  return { send, failures };
}

test.each(['controller', 'reader', 'modbus', 'panel'] as const)(
  'a %s’s command on which its way out fails is told as not sent, and ends nothing',
  async (way) => {
    const { send, failures } = broken();
    const order = { command: 'c1', device: 'd1' };
    const ways = {
      controller: () => send.controller(order as ControllerOrder),
      reader: () => send.reader(order as ReaderOrder),
      modbus: () => send.modbus(order as unknown as ModbusOrder),
      panel: () => send.panel(order as PanelOrder),
    };
    ways[way]();
    await new Promise(setImmediate);
    expect(failures).toEqual([['c1', { error: 'Invalid time value', failure: { code: 'not-sent' } }]]);
  },
);
