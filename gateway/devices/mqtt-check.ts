import type { DeviceType } from '../contract/device-type.ts';
import { fillTopic, placeholdersOf, plainTopicFault } from '../contract/mqtt-topic.ts';
import { suggestion } from '../lib/nearest.ts';
import type { YamlPath } from '../lib/yaml-file.ts';
import { own, type ReportAt } from './definition-words.ts';
import { parseJsonPath } from './json-path.ts';
import { topicsOf } from './mqtt-mapping.ts';

export function checkPath(path: string, report: ReportAt, at: YamlPath): void {
  if (!parseJsonPath(path))
    report(at, `"${path}" is not a path: write it like values.level or a.b[0]["x y"]`);
}

/**
 * A topic of a type with `link: mqtt`.
 * @param whose `own`: each device has its own, so it must name the device; `shared`: the same for all behind a bridge
 */
export function checkTopic(
  type: DeviceType,
  template: string,
  report: ReportAt,
  at: YamlPath,
  whose: 'own' | 'shared',
): void {
  const names = placeholdersOf(template);
  const texts = Object.entries(type.settings).flatMap(([name, setting]) =>
    setting.type === 'text' ? [name] : [],
  );
  const known = ['address', 'device', ...texts];
  const strange = names.find((name) => !known.includes(name));
  if (strange !== undefined) {
    report(
      at,
      `{${strange}} stands for nothing here${suggestion(strange, known)} (known: ${known.join(', ')}; a setting must be of type text)`,
    );
    return;
  }
  const fault =
    plainTopicFault(fillTopic(template, () => 'x') ?? '') ??
    (/[{}]/.test(template.replace(/\{\w+\}/g, '')) ? 'it has a brace without its other half' : null);
  if (fault) report(at, `"${template}" is no topic: ${fault}`);
  const named = names.includes('address') || names.includes('device');
  if (whose === 'own' && !named)
    report(
      at,
      `"${template}" would be the same for every device; put {address} where the device's name stands`,
    );
  if (whose === 'shared' && named)
    report(at, `"${template}" is of one device; a bridge's topic is the same for all its devices`);
  if (texts.some((name) => names.includes(name) && own(type.settings, name)?.default === undefined))
    report(at, 'a setting that stands in a topic needs a default');
}

/** A point that stands on a topic. */
export function checkTopicSource(
  type: DeviceType,
  source: { topic?: string | string[] | undefined; json?: string },
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
  const list = Array.isArray(source.topic);
  for (const [index, topic] of topicsOf(source).entries())
    checkTopic(type, topic, report, [...path, 'topic', ...(list ? [index] : [])], 'own');
}

/** What only a type with `link: mqtt` has. */
export function checkMqtt(type: DeviceType, report: ReportAt): void {
  for (const [name, whose] of [
    ['availability', 'own'],
    ['bridge', 'shared'],
  ] as const) {
    const source = type[name];
    if (!source) continue;
    if (type.link !== 'mqtt') report([name], `"${name}" needs link: mqtt, this type has link: ${type.link}`);
    checkTopic(type, source.topic, report, [name, 'topic'], whose);
    if (source.json !== undefined) checkPath(source.json, report, [name, 'json']);
    if (source.online === source.offline)
      report([name], 'online and offline must be told apart: write two words');
  }
  if (type.at !== undefined) {
    if (type.link !== 'mqtt') report(['at'], `"at" needs link: mqtt, this type has link: ${type.link}`);
    checkPath(type.at, report, ['at']);
  }
  if (type.link === 'mqtt' && !Object.values(type.points).some((source) => 'topic' in source))
    report(['points'], 'a type with link: mqtt must read at least one point');
}
