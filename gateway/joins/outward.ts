import type { CommandFailure, WhyNot } from '../contract/command.ts';
import type { FieldEvent } from '../contract/event.ts';
import type {
  ControllerOrder,
  LookOrder,
  ModbusOrder,
  MqttOrder,
  NativeOrder,
  PanelOrder,
  ReaderOrder,
  SendCommand,
  ToldOrder,
} from '../devices/command-orders.ts';
import { asError } from '../lib/errors.ts';
import type { AskFailure } from '../links/exchange.ts';
import type { Lines } from './lines.ts';

/** What a line says of a write that came to nothing. The words of a refusal are ours, not the device's. */
const failureOf: Readonly<Record<AskFailure['error'], CommandFailure>> = {
  timeout: { code: 'no-answer', withinMs: null },
  'line-down': { code: 'line-down' },
  broken: { code: 'garbled' },
  refused: { code: 'refused', words: null },
  busy: { code: 'refused', words: null },
  expired: { code: 'too-late' },
};

/**
 * The way out: a command's bytes leave by a broker or a line after the commit, and what became of them comes back as an
 * input of its own.
 */
export function createOutward(deps: {
  lines(): Pick<Lines, 'broker' | 'links' | 'mqttLinks' | 'panels' | 'doorControllers'>;
  sent(command: string): void;
  failed(command: string, why: WhyNot): void;
  /** The device has done it, or refused it in these words. */
  answered(command: string, device: string, refusal: string | null): void;
  /** Takes an event as if the device had sent it now. */
  tell(event: Pick<FieldEvent, 'device' | 'type' | 'data'>): void;
}): SendCommand {
  /** A command that a way out fails on is told of; it must not end the process. */
  const notSent = (command: string) => (error: unknown) =>
    deps.failed(command, { error: asError(error).message, failure: { code: 'not-sent' } });
  function report(command: string, sending: Promise<void>): void {
    sending.then(() => deps.sent(command), notSent(command));
  }
  return {
    native({ command, device, link, payload, expiresAt }: NativeOrder) {
      const topic = `gatehouse/${device}/commands`;
      const words = JSON.stringify(payload);
      if (link !== null) {
        report(command, deps.lines().mqttLinks.publish(link, topic, words, expiresAt));
        return;
      }
      const broker = deps.lines().broker;
      report(
        command,
        broker
          ? broker.publish(topic, words, { qos: 1 })
          : Promise.reject(new Error('the embedded broker is switched off')),
      );
    },
    look: ({ device, withinMs }: LookOrder) => deps.lines().links.hasten(device, withinMs),
    told: ({ device, event, data }: ToldOrder) => deps.tell({ device, type: event, data }),
    mqtt({ command, link, message, expiresAt }: MqttOrder) {
      if ('unable' in message) {
        deps.failed(command, { error: message.unable, failure: { code: 'not-sent' } });
        return;
      }
      const { topic, payload, qos } = message;
      const bytes = typeof payload === 'string' ? payload : Buffer.from(payload);
      report(command, deps.lines().mqttLinks.publish(link, topic, bytes, expiresAt, qos));
    },
    panel(order: PanelOrder) {
      const { command } = order;
      const panels = deps.lines().panels;
      if (!panels) {
        const error = 'the alarm receiver is switched off';
        deps.failed(command, { error, failure: { code: 'not-sent' } });
        return;
      }
      void panels.command(order).then((why) => {
        if (why === null) deps.sent(command);
        else deps.failed(command, why);
      }, notSent(command));
    },
    controller(order: ControllerOrder) {
      const { command, device } = order;
      void deps
        .lines()
        .doorControllers.order(order, () => deps.sent(command))
        .then((outcome) => {
          if (outcome.ok) deps.answered(command, device, null);
          else if (outcome.error === 'refused') deps.answered(command, device, outcome.words);
          else deps.failed(command, { error: outcome.words, failure: failureOf[outcome.error] });
        }, notSent(command));
    },
    reader({ command, device, link, order, expiresAt }: ReaderOrder) {
      void deps
        .lines()
        .links.tellReader(link, device, order, expiresAt)
        .then((answer) => {
          if (answer.ok) deps.sent(command);
          else deps.failed(command, { error: answer.words, failure: failureOf[answer.error] });
        }, notSent(command));
    },
    modbus({ command, link, unit, request, mask, expiresAt }: ModbusOrder) {
      void deps
        .lines()
        .links.write(link, unit, { request, mask }, expiresAt)
        .then((answer) => {
          if (answer.ok) deps.sent(command);
          else deps.failed(command, { error: answer.words, failure: failureOf[answer.error] });
        }, notSent(command));
    },
  };
}
