import { isAskedBus, type LineSettings } from '../contract/site.ts';
import type { Report, SiteDocs } from './docs.ts';

/** 9600 8N1 */
function settingsWords({ baudRate, dataBits, parity, stopBits }: LineSettings): string {
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

/** Lines: one pair of wires is one bus, and what shares it can. */
export function checkLinks(docs: SiteDocs, report: Report): void {
  const paths = new Map<string, string>();
  for (const link of docs.links.values()) {
    if (link.kind !== 'bus') continue;
    const at = { class: 'links', id: link.id } as const;
    const other = paths.get(link.path);
    if (other === undefined) paths.set(link.path, link.id);
    else
      report({
        ...at,
        path: ['path'],
        message: `${link.path} is already that of "${other}"; one line is one bus, or both would speak at once: put what else is asked there under "also" of "${other}"`,
      });
    if (!isAskedBus(link)) continue;
    for (const [protocol, line] of Object.entries(link.also ?? {})) {
      const path = ['also', protocol];
      if (protocol === link.protocol)
        report({
          ...at,
          path,
          atKey: true,
          message: `"${link.id}" carries ${protocol} already; write its settings beside "protocol"`,
        });
      else if (link.path.startsWith('tcp:') && settingsWords(line) !== settingsWords(link))
        report({
          ...at,
          path,
          severity: 'warning',
          message: `the serial server at ${link.path} has one setting for all, so ${settingsWords(link)} (${link.protocol}) and ${settingsWords(line)} (${protocol}) cannot both be; set it and the devices alike and write the same settings here, or use a serial port of this machine`,
        });
    }
  }
}
