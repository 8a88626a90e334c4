import type { modbusWriteRequest } from './modbus.ts';
import type { osdpCommand } from './osdp.ts';
import type { TopicCommand } from './topic-command.ts';

/** A word about a command that is given to a link: it answers by `onSent` or `onFailed`, as inputs of the turn. */
export interface NativeOrder {
  readonly command: string;
  readonly device: string;
  /** The outside broker or bridge that it is behind; null: its own connection to the embedded broker. */
  readonly link: string | null;
  /** The payload of `gatehouse/{device}/commands`. */
  readonly payload: { id: string; command: string; args: Record<string, unknown>; expiresAt: number };
  readonly expiresAt: number;
}

/** For a product with topics of its own. */
export interface MqttOrder {
  readonly command: string;
  readonly device: string;
  readonly link: string;
  readonly message: TopicCommand;
  /** What has not reached its device by then (UTC ms) should not. */
  readonly expiresAt: number;
}

export interface ModbusOrder {
  readonly command: string;
  readonly device: string;
  readonly link: string;
  readonly unit: number;
  readonly request: ReturnType<typeof modbusWriteRequest>;
  /** Only these bits of the register are changed. */
  readonly mask: number | null;
  /** Bytes that are not out by then (UTC ms) must not go out: answer `onFailed`. */
  readonly expiresAt: number;
}

/** To an alarm panel, over the connection on which it reports. */
export interface PanelOrder {
  readonly command: string;
  readonly device: string;
  /** By which the panel names itself. */
  readonly account: string;
  /** The id of its maker's own blocks. */
  readonly token: string;
  /** `qXYZ GG CCC` */
  readonly report: string;
  /** The panel's password goes along. */
  readonly withPassword: boolean;
}

/** To a door controller that is asked by UDP: its own commands, and those of its doors with `door` among the arguments. */
export interface ControllerOrder {
  readonly command: string;
  readonly device: string;
  readonly link: string;
  readonly serial: number;
  readonly name: string;
  readonly args: Record<string, unknown>;
  /** Bytes that are not out by then (UTC ms) must not go out. */
  readonly expiresAt: number;
}

/** To a card reader on an OSDP line. */
export interface ReaderOrder {
  readonly command: string;
  readonly device: string;
  readonly link: string;
  readonly order: ReturnType<typeof osdpCommand>;
  /** Bytes that are not out by then (UTC ms) must not go out. */
  readonly expiresAt: number;
}

/** What the gateway says of a device in its stead. */
export interface ToldOrder {
  readonly device: string;
  readonly event: string;
  readonly data: { by: string; reason: string | null };
}

/** A device that was told something is looked at: what it reads within this time proves it. */
export interface LookOrder {
  readonly device: string;
  readonly withinMs: number;
}

/** Hands over after the commit; must not throw. */
export interface SendCommand {
  native(order: NativeOrder): void;
  mqtt(order: MqttOrder): void;
  modbus(order: ModbusOrder): void;
  panel(order: PanelOrder): void;
  controller(order: ControllerOrder): void;
  reader(order: ReaderOrder): void;
  /** Becomes an event of the device as an input of its own; its point proves the command. */
  told(order: ToldOrder): void;
  look(order: LookOrder): void;
}
