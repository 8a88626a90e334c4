import type { DeviceType } from '../../gateway/contract/device-type.ts';
import { commandSparkplug } from '../../gateway/protocols/sparkplug/command.ts';
import { saysHostGone } from '../../gateway/protocols/sparkplug/host-state.ts';
import {
  emptySparkplug,
  type SparkplugState,
  sparkplugMessage,
  stepSparkplug,
  waitSparkplug,
} from '../../gateway/protocols/sparkplug/session.ts';
import { demand, type Frame, framesOf, inspect, type Look, type Target } from './harness.ts';
import { mutated } from './mutate.ts';
import { type Installed, installed } from './stages.ts';

// Messages on topics: as the inspector reads them, and as the shipped device types of the family turn them into readings.

function topicOf({ base, chance }: Look): string {
  const topic = base.topic ?? '';
  if (topic === '' || !chance.oneIn(8)) return topic;
  const other = Buffer.from('a/b/+/#//state');
  return Buffer.from(mutated(Buffer.from(topic), chance, other)).toString();
}

/** @param prefix of the ids of the types of the family */
function family(
  name: string,
  protocol: string | null,
  prefix: string,
  link: DeviceType['link'] = 'mqtt',
): Target {
  const houses = installed((type) => type.link === link && type.id.startsWith(prefix));
  const houseOf = new Map<Frame, Installed>(
    houses.flatMap((house) => house.frames.map((frame) => [frame, house] as const)),
  );
  return {
    name,
    protocols: protocol === null ? [] : [protocol],
    frames: [...(protocol === null ? [] : framesOf(protocol)), ...houseOf.keys()],
    json: true,
    run(look, tally) {
      const topic = topicOf(look);
      const { bytes, base, chance } = look;
      if (protocol !== null) {
        const text = chance.oneIn(2) ? null : Buffer.from(bytes).toString();
        if (inspect(protocol, { ...look, base: { ...base, topic } }, { text }).valid) tally.taken++;
      }
      // The way through the house costs several times what the codec does.
      const house = protocol === null || chance.oneIn(4) ? houseOf.get(base) : undefined;
      if (house?.take(topic, bytes) && protocol === null) tally.taken++;
    },
  };
}

/** A message that is looked at only: no type of ours takes it. */
function shown(name: string, protocol: string): Target {
  return {
    name,
    protocols: [protocol],
    frames: framesOf(protocol),
    json: true,
    run(look, tally) {
      const text = look.chance.oneIn(2) ? null : Buffer.from(look.bytes).toString();
      if (inspect(protocol, look, { text }).valid) tally.taken++;
    },
  };
}

const milesightBytes: Target = {
  name: 'Milesight bytes',
  protocols: ['lorawan-milesight'],
  frames: framesOf('lorawan-milesight'),
  run(look, tally) {
    if (inspect('lorawan-milesight', look).valid) tally.taken++;
  },
};

const nodes = installed(({ id }) => id.startsWith('sparkplug-'));
const nodeOf = new Map<Frame, Installed>(
  nodes.flatMap((house) => house.frames.map((frame) => [frame, house] as const)),
);
const sparkplugFrames = [...framesOf('sparkplug-b'), ...nodeOf.keys()];
const kinds = ['NBIRTH', 'NDATA', 'DBIRTH', 'DDATA', 'DDEATH', 'NDEATH', 'STATE'];
const wanted = new Map([
  [
    'plant/edge',
    new Map([
      ['', true],
      ['pump', true],
    ]),
  ],
]);

/** A birth and what follows it: what the host says in return is always a message. */
function conversed({ bytes, chance }: Look): void {
  let state: SparkplugState = emptySparkplug;
  const birth = chance.pick(sparkplugFrames).bytes;
  for (const [i, payload] of [birth, bytes, chance.pick(sparkplugFrames).bytes, bytes].entries()) {
    const kind = i === 0 ? 'NBIRTH' : chance.pick(kinds);
    const topic = `spBv1.0/plant/${kind}/edge${kind.startsWith('D') ? '/pump' : ''}`;
    const message = sparkplugMessage(topic, payload);
    if (!message) continue;
    const step = stepSparkplug(state, message, 1_000 * i);
    state = step.state;
    JSON.stringify(step.outputs);
    for (const { topic } of step.send)
      demand(topic === 'spBv1.0/plant/NCMD/edge', 'a command to somebody else');
  }
  waitSparkplug(state, wanted, 60_000);
  const [name = 'x'] = state.nodes.get('plant/edge')?.born.get('')?.metrics.keys() ?? [];
  commandSparkplug(
    state,
    { node: 'plant/edge', device: null },
    { name, value: chance.pick([1, -1, 1.5, true, 'x']) },
    1,
  );
  saysHostGone(bytes);
}

const sparkplug: Target = {
  name: 'Sparkplug B',
  protocols: ['sparkplug-b'],
  frames: sparkplugFrames,
  run(look, tally) {
    if (inspect('sparkplug-b', look).valid) tally.taken++;
    if (look.chance.oneIn(2)) conversed(look);
    else nodeOf.get(look.base)?.take(topicOf(look), look.bytes);
  },
};

export const messageTargets: readonly Target[] = [
  family('Zigbee2MQTT', 'mqtt-zigbee2mqtt', 'zigbee2mqtt-'),
  family('Tasmota', 'mqtt-tasmota', 'tasmota-'),
  family('Shelly Gen2+', 'mqtt-shelly2', 'shelly-'),
  family('Milesight JSON', 'mqtt-milesight', 'milesight-'),
  family('ThingsBoard gateway', 'mqtt-thingsboard', 'thingsboard-'),
  family('Homie 5', 'mqtt-homie5', 'homie-'),
  family('King Pigeon', 'mqtt-kingpigeon', 'king-pigeon-'),
  family('Home Assistant discovery', 'mqtt-ha-discovery', 'home-assistant-'),
  family('Native messages', null, 'native-', 'native'),
  milesightBytes,
  sparkplug,
  shown('Dahua patrol records', 'patrol-dahua'),
  shown('GB/T 28181 alarms', 'gb28181-alarm'),
];
