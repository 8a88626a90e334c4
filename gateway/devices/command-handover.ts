import type { Command } from '../contract/command.ts';
import type { SendCommand } from './command-orders.ts';
import type { CommandRoute, LiveDevice } from './live-device.ts';
import { modbusWriteRequest } from './modbus.ts';
import { osdpCommand } from './osdp.ts';
import type { TopicCommand } from './topic-command.ts';

/** Where commands find the devices that they are handed to. */
export interface OrderedHouse {
  device(id: string): LiveDevice | undefined;
  /** How a command is said to a product with topics of its own, when it is about to go out. */
  message(device: LiveDevice, name: string, command: string): TopicCommand;
}

/** Gives a command to the way out of its target, in that way's own words. */
export function handOver(
  { house, send }: { house: OrderedHouse; send: SendCommand },
  command: Command,
  route: CommandRoute,
): void {
  const { source, target } = route;
  const { id, args, expiresAt } = command;
  const device = house.device(target);
  const link = device?.device.link;
  if ('tells' in source) {
    send.told({
      device: target,
      event: source.tells,
      data: { by: command.requestedBy, reason: command.reason },
    });
    return;
  }
  if ('uhppote' in source || ('parent' in source && device?.type.link === 'uhppote')) {
    send.controller({
      ...{ command: id, device: target, link: link ?? '', serial: Number(device?.device.address) },
      ...{ name: route.name, args: { ...args, ...route.args }, expiresAt },
    });
    return;
  }
  if ('native' in source || 'parent' in source) {
    send.native({
      command: id,
      device: target,
      link: link ?? null,
      payload: { id, command: route.name, args: { ...args, ...route.args }, expiresAt },
      expiresAt,
    });
    return;
  }
  if ('mqtt' in source || 'metric' in source || 'entity' in source) {
    const message = device
      ? house.message(device, route.name, id)
      : { unable: `there is no device "${target}"` };
    send.mqtt({ command: id, device: target, link: link ?? '', message, expiresAt });
    return;
  }
  if ('dc09' in source) {
    const { token, report, password: withPassword } = source.dc09;
    const account = String(device?.device.address ?? '');
    send.panel({ command: id, device: target, account, token, report, withPassword });
    return;
  }
  if ('osdp' in source) {
    const order = osdpCommand(source.osdp, device?.settings ?? {});
    send.reader({ command: id, device: target, link: link ?? '', order, expiresAt });
    return;
  }
  send.modbus({
    command: id,
    device: target,
    link: link ?? '',
    unit: Number(device?.device.address),
    request: modbusWriteRequest(source.modbus),
    mask: source.modbus.mask ?? null,
    expiresAt,
  });
}
