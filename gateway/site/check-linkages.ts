import type { Device, Linkage, LinkageAction } from '../contract/site.ts';
import { suggestion } from '../lib/nearest.ts';
import { has, type Report, type SiteDocs, type SiteTypes } from './docs.ts';
import { missing } from './references.ts';

type Tell = (path: PropertyKey[], message: string, severity?: 'warning') => void;

/** Linkages: what starts them, and that what they ask for can be done. */
export function checkLinkages(docs: SiteDocs, types: SiteTypes, report: Report): void {
  for (const linkage of docs.linkages.values()) {
    const tell: Tell = (path, message, severity) =>
      report({ class: 'linkages', id: linkage.id, path, message, ...(severity && { severity }) });
    checkStart(docs, types, linkage, tell);
    linkage.do.forEach((action, index) => {
      const at: Tell = (path, message, severity) => tell(['do', index, ...path], message, severity);
      if (action.device !== undefined && action.all === undefined)
        checkDevice(docs, types, action, action.device, at);
      else if (action.all !== undefined && action.device === undefined)
        checkAll(docs, types, linkage, action, action.all, at);
      else
        at(
          [],
          'each action is for one "device", or for "all" devices of a kind (all: door); give one of the two',
        );
    });
  }
}

function checkStart(docs: SiteDocs, types: SiteTypes, linkage: Linkage, tell: Tell): void {
  const { device, area, definition } = linkage.on;
  if (device === undefined && area === undefined && definition === undefined)
    tell(['on'], 'it would start at every alarm; name a device, an area or a definition');
  if (area !== undefined && !docs.areas.has(area)) tell(['on', 'area'], missing(docs, 'areas', area));
  const source = device === undefined ? undefined : docs.devices.get(device);
  if (device !== undefined && !source) tell(['on', 'device'], missing(docs, 'devices', device));
  if (definition === undefined || (device !== undefined && !source)) return;
  if (source && !types.type(source.type)) return;
  const known = source
    ? Object.keys(types.type(source.type)?.alarms ?? {})
    : [...types.ids()].flatMap((id) => Object.keys(types.type(id)?.alarms ?? {}));
  if (!known.includes(definition))
    tell(
      ['on', 'definition'],
      `there is no alarm "${definition}"${source ? ` of "${source.id}"` : ' in any device type'}${suggestion(definition, known) || (source ? `; it has ${known.join(', ') || 'none'}` : '; correct it')}`,
    );
}

function checkDevice(
  docs: SiteDocs,
  types: SiteTypes,
  { command, within, args }: LinkageAction,
  device: string,
  at: Tell,
): void {
  if (within !== undefined) at(['within'], '"within" goes with "all"; remove it, or say "all" for "device"');
  const target = docs.devices.get(device);
  if (!target) {
    at(['device'], missing(docs, 'devices', device));
    return;
  }
  const commands = types.type(target.type)?.commands;
  if (commands && !has(commands, command))
    at(
      ['command'],
      `"${device}" has no command "${command}"${suggestion(command, Object.keys(commands)) || `; it has ${Object.keys(commands).join(', ') || 'none'}`}`,
    );
  else checkArgs(types, target, { command, args }, at);
}

/** The value that a linkage gives is one that the device takes. */
function checkArgs(
  types: SiteTypes,
  { id, type }: Device,
  { command, args = {} }: Pick<LinkageAction, 'command' | 'args'>,
  at: Tell,
): boolean {
  const wrong = types.type(type)?.argumentFault?.(command, args) ?? null;
  if (wrong !== null) at(['args'], `"${command}" of "${id}": ${wrong}`);
  return wrong === null;
}

/** All devices of a kind: there must be some where the alarm may stand, and some of those must take the command. */
function checkAll(
  docs: SiteDocs,
  types: SiteTypes,
  { on }: Linkage,
  { command, within, args }: LinkageAction,
  kind: string,
  at: Tell,
): void {
  const ofKind = [...types.ids()].flatMap((id) => types.type(id) ?? []).filter((type) => type.kind === kind);
  if (ofKind.length === 0) {
    const kinds = new Set([...types.ids()].flatMap((id) => types.type(id)?.kind ?? []));
    at(['all'], `there is no kind "${kind}"${suggestion(kind, kinds) || '; name a kind of device: door'}`);
    return;
  }
  const known = new Set(ofKind.flatMap((type) => Object.keys(type.commands)));
  if (!known.has(command)) {
    at(
      ['command'],
      `a ${kind} has no command "${command}"${suggestion(command, known) || `; it has ${[...known].join(', ') || 'none'}`}`,
    );
    return;
  }
  if (within !== undefined && !docs.areas.has(within)) {
    at(['within'], missing(docs, 'areas', within));
    return;
  }
  // Where the alarm stands when nothing narrower is said: the area of its device, or anywhere in the area that is named.
  const scope = within ?? docs.devices.get(on.device ?? '')?.area ?? on.area;
  const meant = [...docs.devices.values()].filter(
    ({ type, area }) =>
      types.type(type)?.kind === kind && (scope === undefined || isInside(docs, area, scope)),
  );
  const where = scope === undefined ? 'on this site' : `in the area "${scope}" or under it`;
  if (meant.length === 0) {
    at(['all'], `there is no ${kind} ${where}; name another area by "within", or add the device`);
    return;
  }
  // What is wrong for one is mostly wrong for all: the first is told.
  meant
    .filter((device) => takes(types, device, command))
    .every((device) => checkArgs(types, device, { command, args }, at));
  const without = meant.filter((device) => !takes(types, device, command));
  const names = without.map(({ id }) => id).join(', ');
  if (without.length === meant.length)
    at(['command'], `no ${kind} ${where} takes "${command}" (${names}); bind the command, or choose another`);
  else if (without.length > 0)
    at(
      ['command'],
      `${names}: "${command}" is not taken there, so look after ${without.length === 1 ? 'it' : 'them'} by hand, or bind the command`,
      'warning',
    );
}

/** A composed device takes the commands that are bound; any other those of its type. */
function takes(types: SiteTypes, { type: id, bind }: Device, command: string): boolean {
  const type = types.type(id);
  if (!type || !has(type.commands, command)) return false;
  return type.link !== 'composed' || has(bind ?? {}, command);
}

function isInside(docs: SiteDocs, area: string, around: string): boolean {
  const seen = new Set<string>();
  for (
    let at: string | undefined = area;
    at !== undefined && !seen.has(at);
    at = docs.areas.get(at)?.parent
  ) {
    if (at === around) return true;
    seen.add(at);
  }
  return false;
}
