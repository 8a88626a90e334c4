import { fillTopic, isWithin, placeholdersOf, plainTopicFault } from '../contract/mqtt-topic.ts';
import type { Device, MqttLink } from '../contract/site.ts';
import { discoveryPrefix, isMqttLink } from '../contract/site.ts';
import type { Tell } from './check-devices.ts';
import type { Report, SiteDocs, SiteType } from './docs.ts';

/** Links of topics: who signs in, and to what. */
export function checkMqttLinks(docs: SiteDocs, report: Report): void {
  const clients = new Map<string, string>();
  for (const link of docs.links.values()) {
    if (!isMqttLink(link)) continue;
    const tell = (path: PropertyKey[], message: string) =>
      report({ class: 'links', id: link.id, path, message });
    if (link.kind === 'mqtt') {
      // MQTT 3.1.1 §3.1.2.9: a password goes with a user name.
      if (link.password !== undefined && link.username === undefined)
        tell(['password'], 'a password needs its "username"; add it');
      const client = link.clientId && `${link.url} ${link.clientId}`;
      const other = client && clients.get(client);
      if (other)
        tell(
          ['clientId'],
          `link "${other}" signs in to this broker by the same client id, and each would end the other's connection; choose another`,
        );
      if (client) clients.set(client, link.id);
      continue;
    }
    if (docs.devices.has(link.id))
      tell(
        ['id'],
        `there is a device "${link.id}", and both would sign in to the embedded broker by this name; choose another key for the bridge`,
      );
    link.prefixes.forEach((prefix, index) => {
      if (prefix === 'gatehouse')
        tell(
          ['prefixes', index],
          'a bridge with the prefix gatehouse could speak for every native device; grant it single ones, for example gatehouse/tank-1',
        );
      if (prefix.startsWith('gatehouse/$'))
        tell(
          ['prefixes', index],
          `what begins with gatehouse/$ comes from the gateway alone; take "${prefix}" out`,
        );
    });
  }
}

/** A device on a link of topics: its address makes topics, and they lie where the link reaches. */
export function checkMqttDevice(device: Device, type: SiteType, link: MqttLink, tell: Tell): void {
  const { address } = device;
  const templates = type.link === 'native' ? [`gatehouse/${device.id}`] : (type.topics ?? []);
  const inTopic = templates.some((template) => placeholdersOf(template).includes('address'));
  const needed = inTopic || type.namesInside === true;
  if (needed && (address === undefined || address === '')) {
    tell(
      [],
      `"address" is missing: give the name by which "${link.id}" knows this device, for example address: hall/door`,
    );
    return;
  }
  if (!needed && address !== undefined) {
    tell(
      ['address'],
      `the topics of a device of type "${device.type}" have no address in them; remove "address"`,
    );
    return;
  }
  const fault = inTopic ? plainTopicFault(String(address)) : null;
  if (fault) {
    tell(
      ['address'],
      `the address ${JSON.stringify(address)} stands in topics, and there ${fault}; correct it`,
    );
    return;
  }
  const nameOf = (name: string) => {
    if (name === 'address') return address;
    if (name === 'device') return device.id;
    if (name === 'discovery') return discoveryPrefix(link);
    const given = device.settings?.[name];
    const preset = type.settings[name]?.default;
    return typeof given === 'string' ? given : preset;
  };
  for (const template of templates) {
    const topic = fillTopic(template, nameOf);
    if (topic === null) continue;
    const wrong = plainTopicFault(topic);
    if (wrong) {
      const [setting] = placeholdersOf(template).filter((name) => device.settings?.[name] !== undefined);
      tell(
        setting === undefined ? ['address'] : ['settings', setting],
        `it makes the topic "${topic}", and that is none: ${wrong}; correct it`,
      );
      return;
    }
    if (link.prefixes.some((prefix) => isWithin(topic, prefix))) continue;
    tell(
      ['link'],
      `its topic ${topic} lies outside of what link "${link.id}" ${link.kind === 'mqtt' ? 'listens to' : 'is granted'} (${link.prefixes.join(', ')}); add the prefix there, or correct the ${needed ? 'address' : 'link'}`,
    );
    return;
  }
}
