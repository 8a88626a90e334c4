import { connectDoorController, type DoorController } from './door-controller.ts';
import { type Command, connectNative, type NativeDevice, type Values } from './native-device.ts';
import { controllerIds, controllerOf } from './site/demo-security.ts';

type Obey = (command: Command) => true | string | null;

/** The MQTT devices of the demo compound: each says its state now and then and at each change, and can lose its connection. */
export function createDemoNatives(obeyOf: (id: string) => Obey | undefined) {
  const devices = new Map<string, NativeDevice>();
  const controllers = new Map<string, DoorController>();
  const standing = new Map<string, Values>();
  let address: { port: number; secrets: Readonly<Record<string, string>> } | undefined;

  function join(id: string): void {
    const secret = address?.secrets[id];
    if (address === undefined || secret === undefined) return;
    if (controllerIds.includes(id)) {
      // A controller keeps its cards also without power.
      const controller = connectDoorController(address.port, id, secret, controllers.get(id));
      controllers.set(id, controller);
      devices.set(id, controller.device);
      return;
    }
    const device = connectNative(address.port, id, secret);
    const obey = obeyOf(id);
    if (obey) device.onCommand(obey);
    devices.set(id, device);
  }

  function tell(id: string, values: Values): void {
    standing.set(id, { ...standing.get(id), ...values });
    devices.get(id)?.readings(standing.get(id) ?? {});
  }

  return {
    connect(port: number, secrets: Readonly<Record<string, string>>): void {
      address = { port, secrets };
      for (const id of Object.keys(secrets)) join(id);
    },
    /** New values of a device; what it told before stands. */
    tell,
    /** As they stand, without a word on the wire until the next repetition. */
    set(id: string, values: Values): void {
      standing.set(id, { ...standing.get(id), ...values });
    },
    repeat(): void {
      for (const [id, values] of standing) devices.get(id)?.readings(values);
    },
    /** A value that was kept; UTC ms. */
    tellOf(at: number, id: string, values: Values): void {
      devices.get(id)?.readings(values, at);
    },
    event(id: string, type: string, data: Record<string, string> = {}): void {
      devices.get(id)?.event(type, data);
    },
    /** An event of a door, told by itself or by its controller. */
    doorEvent(door: string, type: string, data: Record<string, string> = {}): void {
      const controller = controllerOf(door);
      if (controller === undefined) devices.get(door)?.event(type, data);
      else devices.get(controller)?.event(type, { ...data, door });
    },
    /**
     * Somebody holds a card to the reader of a door. A controller does as it was told of that card; of the others it holds those
     * that were issued long before the gateway came, and so does a door with a connection of its own.
     */
    hold(card: string, door: string, direction: 'in' | 'out'): 'granted' | 'denied' {
      const told = controllers.get(controllerOf(door) ?? '')?.told(card, door) ?? null;
      if (told?.granted === false) {
        this.doorEvent(door, 'access.denied', { card, direction, reason: told.reason });
        return 'denied';
      }
      this.doorEvent(door, 'access.granted', { card, direction });
      return 'granted';
    },
    /** The bolt of a door does not move, or does again. */
    setStuck(door: string, stuck: boolean): void {
      const doors = controllers.get(controllerOf(door) ?? '')?.stuck;
      if (stuck) doors?.add(door);
      else doors?.delete(door);
    },
    /** The cable is cut, until `join`. */
    cut(id: string): void {
      devices.get(id)?.close();
      devices.delete(id);
    },
    join,
    close(): void {
      for (const device of devices.values()) device.close();
    },
  };
}
export type DemoNatives = ReturnType<typeof createDemoNatives>;
