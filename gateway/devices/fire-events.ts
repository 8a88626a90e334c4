import type { EventData } from '../contract/event.ts';
import { type FireObject, fireQuantities, partNumber } from '../protocols/gbt26875/unit.ts';
import {
  bitsOf,
  deviceBits,
  deviceOperations,
  partBits,
  partTypes,
  systemBits,
  systemOperations,
  systemTypes,
} from '../protocols/gbt26875/words.ts';

// What an object of GB/T 26875.3 tells, in the words of the kinds `fire-panel` and `fire-input`.

/** Where it is: `null` at the transmission device itself. */
export interface FirePlace {
  /** `1-3` for system type 1 with address 3. */
  system: string;
  /** `1-3-10-2` for its part 2 of zone 10. */
  part: string | null;
}

export interface FireTold {
  place: FirePlace | null;
  /** Conditions that stand or do not, by event: its name when it begins, `….restore` when it is over. */
  conditions: ReadonlyMap<string, boolean>;
  /** What has happened, once. */
  happened: readonly { type: string; data: EventData }[];
  /** The control unit was reset: what its parts told is over. */
  reset: boolean;
  data: EventData;
}

/** Conditions that a reset of the control unit ends; faults and shields outlast it. */
export const endedByReset: readonly string[] = ['fire', 'supervisory', 'started', 'feedback', 'delayed'];

const operationLabels: Readonly<Record<string, { zh: string; en: string }>> = {
  reset: { zh: '复位', en: 'Reset' },
  silenced: { zh: '消音', en: 'Silenced' },
  manualAlarm: { zh: '手动报警', en: 'Alarm by hand' },
  alarmCleared: { zh: '警情消除', en: 'Alarm called off' },
  selfTest: { zh: '自检', en: 'Self-test' },
  confirmed: { zh: '确认', en: 'Confirmed' },
  inspectionAnswered: { zh: '查岗应答', en: 'Post check answered' },
  test: { zh: '测试', en: 'Test' },
};

const unnamed = { zh: '自定义', en: 'Of the maker’s own' };

function labelled(label: { zh: string; en: string } | undefined): EventData {
  const { zh, en } = label ?? unnamed;
  return { labelZh: zh, labelEn: en };
}

/** A condition for each bit, the parts' supply as one of their faults. */
function conditionsOf<Name extends string>(
  state: number,
  names: readonly Name[],
  kept: readonly (Name | 'fault')[],
): Map<string, boolean> {
  const bits: readonly string[] = bitsOf(state, names);
  return new Map(
    kept.map((name) => [name, bits.includes(name) || (name === 'fault' && bits.includes('powerFault'))]),
  );
}

const told = (place: FirePlace | null, data: EventData): FireTold => ({
  place,
  conditions: new Map(),
  happened: [],
  reset: false,
  data,
});

function systemTold(object: { systemType: number; systemAddress: number }): FireTold {
  const system = `${object.systemType}-${object.systemAddress}`;
  const label = systemTypes.get(object.systemType);
  const { zh, en } = label ?? unnamed;
  return told(
    { system, part: null },
    {
      part: system,
      ...labelled(label),
      partNameZh: `${zh} ${object.systemAddress}`,
      partNameEn: `${en} ${object.systemAddress}`,
    },
  );
}

function partTold(
  object: Extract<FireObject, { partType: number }>,
  text: string,
): FireTold & { place: { part: string } } {
  const system = `${object.systemType}-${object.systemAddress}`;
  const number = partNumber(object.partAddress);
  const part = `${system}-${number}`;
  const label = partTypes.get(object.partType);
  const { zh, en } = label ?? unnamed;
  const name: EventData =
    text === '' ? { partNameZh: `${zh} ${number}`, partNameEn: `${en} ${number}` } : { partName: text };
  const data = { part, ...name, partType: object.partType, ...labelled(label) };
  return { ...told(null, data), place: { system, part } };
}

/** Somebody pressed something: on record, and where it means a fire or its end, that. */
function operated(at: FireTold, names: readonly string[], operator: number): FireTold {
  const conditions = new Map<string, boolean>();
  const fire = at.place === null ? 'ownFire' : 'fire';
  if (names.includes('alarmCleared') || (names.includes('reset') && at.place === null))
    conditions.set(fire, false);
  if (names.includes('manualAlarm')) conditions.set(fire, true);
  const { part } = at.data;
  const where: EventData = part === undefined ? {} : { part };
  return {
    ...at,
    conditions,
    happened: names.map((operation) => ({
      type: 'operated',
      data: { ...where, operation, ...labelled(operationLabels[operation]), operator },
    })),
    reset: names.includes('reset') && at.place !== null,
  };
}

/** What one object tells; nothing is told by a clock. */
export function fireTold(object: FireObject): FireTold {
  switch (object.kind) {
    case 'system-state': {
      const at = systemTold(object);
      const bits = bitsOf(object.state, systemBits);
      const happened = bits.filter((bit) => bit === 'configured').map((type) => ({ type, data: at.data }));
      const conditions = conditionsOf(object.state, systemBits, [
        ...(['fire', 'fault', 'shielded', 'supervisory', 'started', 'feedback', 'delayed'] as const),
        ...(['mainsFault', 'backupFault', 'busFault', 'manual'] as const),
      ]);
      return { ...at, conditions, happened, reset: bits.includes('reset') };
    }
    case 'part-state': {
      const conditions = conditionsOf(object.state, partBits, [
        ...(['fire', 'fault', 'shielded', 'supervisory', 'started', 'feedback', 'delayed'] as const),
      ]);
      return { ...partTold(object, object.text), conditions };
    }
    case 'device-state': {
      const conditions = conditionsOf(object.state, deviceBits, [
        ...(['fault', 'mainsFault', 'backupFault', 'channelFault', 'lineFault'] as const),
      ]);
      // Most devices set it beside what they tell of the part.
      conditions.set('ownFire', bitsOf(object.state, deviceBits).includes('fire'));
      return { ...told(null, {}), conditions };
    }
    case 'part-value': {
      const at = partTold(object, '');
      const quantity = fireQuantities.get(object.quantity);
      const value: EventData =
        object.value === null
          ? { raw: object.raw, quantity: object.quantity }
          : { value: object.value, unit: quantity?.unit ?? '' };
      const data = { ...at.data, quantityZh: quantity?.zh ?? '', quantityEn: quantity?.en ?? '', ...value };
      return { ...at, happened: [{ type: 'measured', data }] };
    }
    case 'system-operation':
      return operated(systemTold(object), bitsOf(object.operation, systemOperations), object.operator);
    case 'device-operation':
      return operated(told(null, {}), bitsOf(object.operation, deviceOperations), object.operator);
    case 'system-time':
    case 'device-time':
      return told(null, {});
  }
}
