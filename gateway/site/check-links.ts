import { type AskedBus, isAskedBus, type LineSettings, type Link } from '../contract/site.ts';
import { farEnd } from '../lib/far-end.ts';
import type { Report, SiteDocs } from './docs.ts';

type DtuLink = Extract<Link, { kind: 'dtu' }>;

/** 9600 8N1 */
function settingsWords({ baudRate, dataBits, parity, stopBits }: LineSettings): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

/** Lines: one pair of wires is one bus, and what shares it can. */
export function checkLinks(docs: SiteDocs, report: Report): void {
  const ends = new Map<string, Link>();
  const listening = new Map<string, string>();
  for (const link of docs.links.values()) {
    if (link.kind === 'dtu') checkRegistration(docs, link, report);
    checkFarEnd(ends, link, report);
    if (link.kind === 'uhppote' && !link.listen.endsWith(':0')) {
      const port = link.listen.slice(link.listen.indexOf(':') + 1);
      const other = listening.get(port);
      if (other === undefined) listening.set(port, link.id);
      else
        report({
          class: 'links',
          id: link.id,
          path: ['listen'],
          message: `"${other}" listens on port ${port} already; give this link another, for example 0.0.0.0:${Number(port) + 1}`,
        });
    }
    if (isAskedBus(link)) checkShared(link, report);
  }
}

/** Two buses never lead to one place; of Modbus TCP a far end may take several connections, but it is then no bus. */
function checkFarEnd(ends: Map<string, Link>, link: Link, report: Report): void {
  const end = farEnd(link);
  if (end === null) return;
  const other = ends.get(end);
  if (other === undefined) ends.set(end, link);
  else if (link.kind === 'bus' && other.kind === 'bus')
    report({
      class: 'links',
      id: link.id,
      path: ['path'],
      message: `${link.path} is already that of "${other.id}"; one line is one bus, or both would speak at once: put what else is asked there under "also" of "${other.id}"`,
    });
  else if (link.kind === 'bus' || other.kind === 'bus')
    report({
      class: 'links',
      id: link.id,
      path: [link.kind === 'bus' ? 'path' : 'host'],
      message: `${end} is already that of "${other.id}", and there is either Modbus TCP (kind modbus-tcp) or the bare bytes of a bus (kind bus): use "${other.id}", or correct one of the two`,
    });
}

/** A serial port of this machine is set anew for each protocol; what stands between has one setting for all. */
function farSettings(link: AskedBus): string | null {
  if (link.kind === 'dtu') return 'the unit that dials in';
  return link.path.startsWith('tcp:') ? `the serial server at ${link.path}` : null;
}

function checkShared(link: AskedBus, report: Report): void {
  const far = farSettings(link);
  for (const [protocol, line] of Object.entries(link.also ?? {})) {
    const at = { class: 'links' as const, id: link.id, path: ['also', protocol] };
    if (protocol === link.protocol)
      report({
        ...at,
        atKey: true,
        message: `"${link.id}" carries ${protocol} already; write its settings beside "protocol"`,
      });
    else if (far !== null && settingsWords(line) !== settingsWords(link))
      report({
        ...at,
        severity: 'warning',
        message: `${far} has one setting for all, so ${settingsWords(link)} (${link.protocol}) and ${settingsWords(line)} (${protocol}) cannot both be; set it and the devices alike and write the same settings here, or use a serial port of this machine`,
      });
  }
}

/** A unit is known by its registration alone. */
function checkRegistration(docs: SiteDocs, link: DtuLink, report: Report): void {
  const mine = bytesOf(link.registration);
  for (const other of docs.links.values()) {
    if (other.kind !== 'dtu' || other.id === link.id || !mine.includes(bytesOf(other.registration))) continue;
    const same = mine === bytesOf(other.registration);
    // Of two that are alike the later one is told.
    if (same && [...docs.links.keys()].indexOf(other.id) > [...docs.links.keys()].indexOf(link.id)) continue;
    const message = same
      ? `"${other.id}" has this registration already; give each unit its own`
      : `this registration contains that of "${other.id}", so that one could be taken for the other; give one of the units another`;
    report({ class: 'links', id: link.id, path: ['registration'], message });
  }
}

/** The bytes of a registration, a character each. */
function bytesOf(registration: string): string {
  return registration.startsWith('hex:')
    ? Buffer.from(registration.replace(/^hex:|[\s:-]/g, ''), 'hex').toString('latin1')
    : Buffer.from(registration).toString('latin1');
}
