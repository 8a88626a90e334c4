import type { CommandAnswerSource, DeviceType, OwnTime, StateTopicSource } from '../contract/device-type.ts';
import type { Kind } from '../contract/kind.ts';
import { fillTopic, placeholdersOf, plainTopicFault } from '../contract/mqtt-topic.ts';
import { suggestion } from '../lib/nearest.ts';
import type { YamlPath } from '../lib/yaml-file.ts';
import { namesRequest, numberName, requestName, textsIn } from './command-payload.ts';
import { own, type ReportAt, unknownName } from './definition-words.ts';
import { parseJsonPath } from './json-path.ts';
import { namesDevice, pathsOf, readsEntities, readsMetrics, topicsOf } from './mqtt-mapping.ts';
import { compileTimeFormat } from './own-time.ts';

function checkPath(path: string, report: ReportAt, at: YamlPath): void {
  if (!parseJsonPath(path))
    report(at, `"${path}" is not a path: write it like values.level or a.b[0]["x y"]`);
}

/** What names in braces may stand for: the device, and settings of type text. */
function textsOf(type: DeviceType): string[] {
  return Object.entries(type.settings).flatMap(([name, { type: of }]) => (of === 'text' ? [name] : []));
}

/** @returns false when one of its names stands for nothing, which is told */
function checkNames(
  type: DeviceType,
  template: string,
  report: ReportAt,
  at: YamlPath,
  more: readonly string[] = [],
): boolean {
  const known = ['address', 'device', ...textsOf(type), ...more];
  const strange = placeholdersOf(template).find((name) => !known.includes(name));
  if (strange !== undefined)
    report(
      at,
      `{${strange}} stands for nothing here${suggestion(strange, known)} (known: ${known.join(', ')}; a setting must be of type text)`,
    );
  return strange === undefined;
}

/** The path of a value, or several. */
export function checkPaths(
  type: DeviceType,
  source: { json: string | string[] },
  report: ReportAt,
  path: YamlPath,
  field = 'json',
): void {
  const list = Array.isArray(source.json);
  if (list && type.link !== 'mqtt')
    report([...path, field], 'several paths need link: mqtt; write the one of this device');
  for (const [index, one] of pathsOf(source).entries()) {
    const at = [...path, field, ...(list ? [index] : [])];
    if (checkNames(type, one, report, at)) checkPath(fillTopic(one, () => 'x') ?? '', report, at);
  }
}

/**
 * A topic of a type with `link: mqtt`.
 * @param whose `own`: each device has its own, so it must name the device; `shared`: the same for all behind a bridge;
 *   `named within`: what is sent there says which device is meant
 */
export function checkTopic(
  type: DeviceType,
  template: string,
  report: ReportAt,
  at: YamlPath,
  whose: 'own' | 'shared' | 'own or shared' | 'named within',
): void {
  if (!checkNames(type, template, report, at)) return;
  const names = placeholdersOf(template);
  const fault =
    plainTopicFault(fillTopic(template, () => 'x') ?? '') ??
    (/[{}]/.test(template.replace(/\{\w+\}/g, '')) ? 'it has a brace without its other half' : null);
  if (fault) report(at, `"${template}" is no topic: ${fault}`);
  const named = namesDevice(template);
  if (whose === 'own' && !named)
    report(
      at,
      `"${template}" would be the same for every device; put {address} where the device's name stands`,
    );
  if (whose === 'own or shared' && !named && !type.whose)
    report(
      at,
      `"${template}" would be the same for every device; put {address} where the device's name stands, or say in "whose" how its messages name the device`,
    );
  if (whose === 'shared' && named)
    report(at, `"${template}" is of one device; a bridge's topic is the same for all its devices`);
  if (textsOf(type).some((name) => names.includes(name) && own(type.settings, name)?.default === undefined))
    report(at, 'a setting that stands in a topic needs a default');
}

/** A point that stands on a topic. */
export function checkTopicSource(
  type: DeviceType,
  source: { topic?: string | string[] | undefined; json?: string | string[] },
  report: ReportAt,
  path: YamlPath,
): void {
  if (type.link === 'native') {
    if (source.json === undefined)
      report(path, 'a native message is JSON: write json: with the path of the value');
    return;
  }
  if (type.link !== 'mqtt') {
    report(path, `a value from a message needs link: native or mqtt, this type has link: ${type.link}`);
    return;
  }
  if (source.topic === undefined)
    report(path, 'a point of a type with link: mqtt needs its topic, for example zigbee2mqtt/{address}');
  checkTopics(type, source, report, path);
}

function checkTopics(
  type: DeviceType,
  source: { topic?: string | string[] | undefined; json?: string | string[] },
  report: ReportAt,
  path: YamlPath,
): void {
  const list = Array.isArray(source.topic);
  for (const [index, topic] of topicsOf(source).entries()) {
    const at = [...path, 'topic', ...(list ? [index] : [])];
    checkTopic(type, topic, report, at, 'own or shared');
    if (source.json === undefined && type.whose && !namesDevice(topic))
      report(at, 'a message that says whose it is is JSON: write json: with the path of the value');
  }
}

function checkState(
  type: DeviceType,
  source: StateTopicSource,
  report: ReportAt,
  path: YamlPath,
  whose: 'own or shared' | 'shared',
): void {
  checkTopic(type, source.topic, report, [...path, 'topic'], whose);
  if (source.json !== undefined) checkPath(source.json, report, [...path, 'json']);
  const offline = [source.offline].flat();
  if ([source.online].flat().some((word) => offline.includes(word)))
    report(path, 'online and offline must be told apart: write two words');
}

/** A command as a message; `args` are the names of what it takes with it. On a topic that many devices share its payload must say which is meant. */
export function checkMessage(
  type: DeviceType,
  { topic, payload }: { topic: string; payload: unknown },
  args: readonly string[],
  report: ReportAt,
  path: YamlPath,
): void {
  const says = textsIn(payload).some(({ text }) => namesDevice(text));
  checkTopic(type, topic, report, [...path, 'topic'], says ? 'named within' : 'own');
  checkPayload(type, payload, args, report, [...path, 'payload']);
}

/** A metric that a command writes. */
export function checkWritten(
  type: DeviceType,
  { name, value, argument }: { name: string; value?: unknown; argument?: unknown },
  report: ReportAt,
  path: YamlPath,
): void {
  checkNames(type, name, report, [...path, 'name']);
  if ((value === undefined) === (argument === undefined))
    report(path, 'say what is written: either value, or argument with the name of what the command takes');
  if (!readsMetrics(type))
    report(path, 'a type that writes a metric reads one, too: its points say that it speaks Sparkplug B');
}

/** An announced switch that a command switches. */
export function checkSwitch(type: DeviceType, address: string, report: ReportAt, path: YamlPath): void {
  checkNames(type, address, report, path);
  if (!readsEntities(type))
    report(path, 'a type that switches an entity reads one, too: its points say what it is announced as');
}

/** The payload of a command: names that stand for something, and `{request}` only where an answer is read. */
function checkPayload(
  type: DeviceType,
  payload: unknown,
  args: readonly string[],
  report: ReportAt,
  path: YamlPath,
): void {
  const hidden = args.find((name) => name === requestName || Object.hasOwn(type.settings, name));
  if (hidden !== undefined)
    report(path, `{${hidden}} could be the argument or the setting of that name: rename the setting`);
  for (const { text, at } of textsIn(payload)) {
    const name = numberName(text);
    checkNames(type, name === null ? text : `{${name}}`, report, [...path, ...at], [requestName, ...args]);
    if (name !== null && text.endsWith(':whole}') && !args.includes(name))
      report([...path, ...at], ':whole rounds an argument of the command; write :number');
    if (name === null && /:(number|whole)\}/.test(text))
      report(
        [...path, ...at],
        'a name that becomes a number stands alone: write "{channel:number}" and nothing beside it',
      );
  }
  if (namesRequest(payload) && !type.answer)
    report(path, '{request} is for the answer: say under "answer" where the device gives it');
}

/** Where a type hears answers to its commands. */
function checkAnswer(type: DeviceType, answer: CommandAnswerSource, report: ReportAt): void {
  const { topic, id, ok, error } = answer;
  checkTopic(type, topic, report, ['answer', 'topic'], 'own or shared');
  checkPaths(type, { json: id }, report, ['answer'], 'id');
  if (ok) checkPaths(type, ok, report, ['answer', 'ok']);
  if (error !== undefined) checkPaths(type, { json: error }, report, ['answer'], 'error');
  const asks = Object.values(type.commands).some(
    (source) => 'mqtt' in source && namesRequest(source.mqtt.payload),
  );
  if (!asks)
    report(
      ['answer'],
      'no command can be answered: put {request}, or {request:number}, in the payload where the product takes the id of a request',
    );
}

function checkTime(type: DeviceType, at: OwnTime, report: ReportAt): void {
  if (type.link !== 'mqtt') report(['at'], `"at" needs link: mqtt, this type has link: ${type.link}`);
  if (typeof at === 'string') {
    checkPath(at, report, ['at']);
    return;
  }
  checkPath(at.json, report, ['at', 'json']);
  if (at.format !== undefined && !compileTimeFormat(at.format))
    report(
      ['at', 'format'],
      `"${at.format}" is no time: it needs YYYY, MM, DD, HH, mm and ss, each once, as in HH:mm:ss MM/DD/YYYY`,
    );
}

/** What only a type with `link: mqtt` has. */
export function checkMqtt(type: DeviceType, kind: Kind, report: ReportAt): void {
  const needsMqtt = (name: string) => {
    if (type.link !== 'mqtt') report([name], `"${name}" needs link: mqtt, this type has link: ${type.link}`);
  };
  if (type.availability) needsMqtt('availability');
  if (Array.isArray(type.availability))
    for (const [index, source] of type.availability.entries())
      checkState(type, source, report, ['availability', index], 'own or shared');
  else if (type.availability) checkState(type, type.availability, report, ['availability'], 'own or shared');
  if (type.bridge) {
    needsMqtt('bridge');
    checkState(type, type.bridge, report, ['bridge'], 'shared');
  }
  for (const [name, source] of Object.entries(type.events)) {
    needsMqtt('events');
    if (!own(kind.events, name))
      report(['events'], unknownName('event', name, Object.keys(kind.events)), { key: name });
    checkPaths(type, source, report, ['events', name]);
    checkTopics(type, source, report, ['events', name]);
  }
  if (type.answer) {
    needsMqtt('answer');
    checkAnswer(type, type.answer, report);
  }
  if (type.at !== undefined) checkTime(type, type.at, report);
  if (type.whose) {
    needsMqtt('whose');
    const { json, fields } = type.whose;
    if (json !== undefined) checkPath(json, report, ['whose', 'json']);
    else if (!fields)
      report(
        ['whose'],
        "write json: with the path of the device's name, or fields: true when each field is a device",
      );
  }
  for (const path of Object.keys(type.decode)) {
    needsMqtt('decode');
    if (!parseJsonPath(path)?.every((step) => typeof step === 'string'))
      report(['decode'], `"${path}" is no path of names such as data or uplink.data`, { key: path });
  }
  for (const [name, source] of Object.entries(type.points)) {
    if (!('metric' in source)) continue;
    if (type.link !== 'mqtt')
      report(['points', name], `a metric needs link: mqtt, this type has link: ${type.link}`);
    checkNames(type, source.metric, report, ['points', name, 'metric']);
  }
  for (const [name, source] of Object.entries(type.points)) {
    if (!('entity' in source)) continue;
    if (type.link !== 'mqtt')
      report(['points', name], `an entity needs link: mqtt, this type has link: ${type.link}`);
    checkNames(type, source.entity, report, ['points', name, 'entity']);
  }
  const reads =
    readsMetrics(type) ||
    readsEntities(type) ||
    Object.keys(type.events).length > 0 ||
    Object.values(type.points).some((source) => 'topic' in source);
  if (type.link === 'mqtt' && !reads)
    report(['points'], 'a type with link: mqtt must read at least one point');
}
