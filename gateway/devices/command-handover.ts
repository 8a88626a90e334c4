import type { Command } from '../contract/command.ts';
import { encodeRequest } from '../protocols/modbus/pdu.ts';
import type { SendCommand } from './command-orders.ts';
import { argumentsOut, refusedArgument } from './command-values.ts';
import type { CommandRoute, LiveDevice } from './live-device.ts';
import { modbusWriteRequest } from './modbus.ts';
import { osdpCommand } from './osdp.ts';
import type { TopicCommand } from './topic-command.ts';

/** Where commands find the devices that they are handed to. */
export interface OrderedHouse {
  device(id: string): LiveDevice | undefined;
  /** How a command is said to a product with topics of its own, when it is about to go out. */
  message(
    device: LiveDevice,
    name: string,
    command: string,
    args: Readonly<Record<string, unknown>>,
  ): TopicCommand;
}

/** Gives a command to the way out of its target, in that way's own words. */
export function handOver(
  { house, send }: { house: OrderedHouse; send: SendCommand },
  command: Command,
  route: CommandRoute,
): void {
  const { source, target } = route;
  const { id, expiresAt } = command;
  const args = argumentsOut(route, command.args);
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
      ? house.message(device, route.name, id, args)
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
    request: modbusWriteRequest(source.modbus, args[source.modbus.argument ?? '']),
    mask: source.modbus.mask ?? null,
    expiresAt,
  });
}

/** How a command is said on a topic, or what is written by Modbus for it. */
export type CommandWords = TopicCommand | { readonly pdu: Uint8Array };

/** What a device would be told for a command; nothing is sent. @param command its id */
export function commandWords(
  message: OrderedHouse['message'],
  device: LiveDevice,
  { name, command, args }: { name: string; command: string; args: Readonly<Record<string, unknown>> },
): CommandWords {
  const route = device.commands.get(name);
  const wrong = route ? refusedArgument(route, args) : null;
  if (wrong !== null) return { unable: wrong };
  const out = route ? argumentsOut(route, args) : args;
  if (!route || !('modbus' in route.source)) return message(device, name, command, out);
  const { modbus } = route.source;
  return { pdu: encodeRequest(modbusWriteRequest(modbus, out[modbus.argument ?? ''])) };
}
