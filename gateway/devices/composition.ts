import type { CommandDefinition } from '../contract/kind.ts';
import type { Binding } from '../contract/site.ts';
import { confirmOf } from './command-confirm.ts';
import { takenThrough } from './command-values.ts';
import { bindingEdges, type CommandRoute, type LiveDevice, type LivePoint } from './live-device.ts';
import { type CompiledTransform, compileTransform } from './transform.ts';

type Source = Exclude<Binding, string>;

function sourceOf(binding: Binding): Source {
  return typeof binding === 'string' ? { from: binding } : binding;
}

/** `device.point` taken apart. */
function split(from: string): [device: string, member: string] {
  const dot = from.indexOf('.');
  return [from.slice(0, dot), from.slice(dot + 1)];
}

/** The devices that a composed device takes its points from, each once. */
export function sourcesOf(device: LiveDevice): string[] {
  const bindings = Object.values(device.device.bind ?? {});
  return [...new Set(bindings.map((binding) => split(sourceOf(binding).from)[0]))];
}

/** The device that sends what a point (`device.point`) reads: of a composed one that to which the point is bound. */
export function shownBy(key: string, find: (id: string) => LiveDevice | undefined): string | undefined {
  const [id, name] = split(key);
  const device = find(id);
  if (device?.type.link !== 'composed') return device?.id;
  const binding = device.device.bind?.[name];
  return binding === undefined ? undefined : split(sourceOf(binding).from)[0];
}

/** The points of a composed device with what they are bound to (`device.point`), by its document alone. */
export function boundPoints(
  device: LiveDevice,
): { point: LivePoint; from: string; transform: CompiledTransform | null }[] {
  return Object.entries(device.device.bind ?? {}).flatMap(([name, binding]) => {
    const source = sourceOf(binding);
    const point = device.points.get(name);
    return point && source.event === undefined
      ? [{ point, from: source.from, transform: compileTransform(source) }]
      : [];
  });
}

/**
 * The command of the source that a binding means: the one of that name, or — bound to a point — the one that is proved by
 * that point reading true (with `invert` false): `start: io-2.out1`, `stop: {from: io-2.out1, invert: true}`; of a command that
 * takes a value the one that writes that point.
 */
function commandOf(
  source: LiveDevice,
  member: string,
  invert: boolean,
  { confirm: wanted }: CommandDefinition,
): CommandRoute | undefined {
  const named = source.commands.get(member);
  if (named) return named;
  const key = `${source.id}.${member}`;
  const valued = wanted !== undefined && 'argument' in wanted;
  return [...source.commands.values()].find(
    ({ confirm }) =>
      confirm?.key === key && ('argument' in confirm ? valued : !valued && confirm.value === !invert),
  );
}

/**
 * Lays the bindings of the composed devices: points and events listen to their sources, commands go there. What leads
 * nowhere is told in the device's problems; the rest works.
 */
export function compose(devices: ReadonlyMap<string, LiveDevice>): void {
  for (const device of devices.values()) {
    if (device.type.link !== 'composed') continue;
    for (const [name, binding] of Object.entries(device.device.bind ?? {}))
      bind(devices, device, name, sourceOf(binding));
  }
}

function bind(
  devices: ReadonlyMap<string, LiveDevice>,
  device: LiveDevice,
  name: string,
  binding: Source,
): void {
  const [sourceId, member] = split(binding.from);
  const source = devices.get(sourceId);
  if (!source) {
    device.problems.push(`bind.${name}: there is no device "${sourceId}"`);
    return;
  }
  if (source.type.link === 'composed') {
    device.problems.push(
      `bind.${name}: "${sourceId}" is composed itself; bind to the device that has the contact`,
    );
    return;
  }
  const definition = device.kind.commands[name];
  if (definition && Object.hasOwn(device.kind.commands, name)) {
    const route = commandOf(source, member, binding.invert ?? false, definition);
    const { confirm } = definition;
    const makes = confirm && 'argument' in confirm ? 'what is given' : binding.invert ? 'false' : 'true';
    if (!route)
      device.problems.push(
        `bind.${name}: "${sourceId}" takes no command "${member}", and none that makes that point ${makes}`,
      );
    else if (binding.scale === 0 && route.takes.size > 0)
      device.problems.push(`bind.${name}: a scale of 0 has no way back for the value of "${name}"`);
    else device.commands.set(name, routeThrough(devices, device, { definition, binding, route }));
    return;
  }
  const from = source.points.get(member);
  if (!from) {
    device.problems.push(`bind.${name}: "${sourceId}" has no point "${member}"`);
    return;
  }
  listen(device, name, binding, from);
}

/** Proved by the composed device's own point where that is bound, else as the source's command is. */
function routeThrough(
  devices: ReadonlyMap<string, LiveDevice>,
  device: LiveDevice,
  { definition, binding, route }: { definition: CommandDefinition; binding: Source; route: CommandRoute },
): CommandRoute {
  const takes = takenThrough(definition, route.takes, binding);
  const shown = definition.confirm && device.device.bind?.[definition.confirm.point];
  const [argument] = takes.keys();
  if (shown === undefined) {
    const { scale = 1, offset = 0 } = binding;
    const confirm =
      route.confirm && 'argument' in route.confirm && argument !== undefined && takes !== route.takes
        ? { ...route.confirm, argument, bound: { scale, offset } }
        : route.confirm;
    return { ...route, definition, takes, confirm };
  }
  const { from, scale } = sourceOf(shown);
  const [sourceId, member] = split(from);
  const confirm = confirmOf(device.id, definition, devices.get(sourceId)?.type.points[member], scale);
  return { ...route, definition, takes, confirm };
}

function listen(device: LiveDevice, name: string, binding: Source, from: LivePoint): void {
  const transform = compileTransform(binding);
  const point = device.points.get(name);
  // A binding named for an event raises it; one with `event` may have any name.
  const event = binding.event ?? (point ? undefined : name);
  if (event === undefined) {
    if (point) from.listeners.push({ point, transform });
    return;
  }
  const missing = [event, binding.restore].find((word) => word !== undefined && !device.events.has(word));
  if (missing !== undefined) {
    device.problems.push(`bind.${name}: a ${device.kind.id} has no point, event or command "${missing}"`);
    return;
  }
  from.listeners.push({
    device: device.id,
    name,
    key: `${device.id}.${name}`,
    transform,
    edges: bindingEdges(device.kind, event, binding.restore),
  });
}
