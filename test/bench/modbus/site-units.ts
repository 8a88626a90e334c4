/** What the far side saw between `begin` and `end`. */
export interface PollReport {
  /** Units that had been asked by the beginning. */
  units: number;
  polls: number;
  /** Polls that came later than 1.2 × their period after the one before, and the longest pause. */
  late: number;
  longestMs: number;
}

export const pollMs = 1_000;
export const busBaudRate = 9_600;

const tcpUnits = 50;
/** A module has 40 points; three behind each TCP connection are a unit of 120. */
const modulesPerUnit = 3;
const buses = 4;
const modulesPerBus = 8;
export const modules = tcpUnits * modulesPerUnit + buses * modulesPerBus;

/** A site's own type: a module whose every point is read once a second. */
export function unitType(): string {
  const bits = (side: string, fc: number) =>
    Array.from({ length: 16 }, (_, i) => [
      `${side}${i + 1}`,
      { modbus: { function: fc, address: i, type: 'bool' } },
    ]);
  const channels = Array.from({ length: 8 }, (_, i) => [
    `ai${i + 1}`,
    { modbus: { function: 4, address: i, type: 'uint16' } },
  ]);
  const type = {
    id: 'bench-module',
    label: { zh: '测试模块', en: 'Bench module' },
    kind: 'io-module',
    link: 'modbus',
    pollMs,
    points: Object.fromEntries([...bits('in', 2), ...bits('out', 1), ...channels]),
  };
  return `${JSON.stringify(type, null, 1)}\n`;
}

/** Lines of the site file. */
export function siteLines(
  tcpPort: number,
  busPorts: readonly number[],
): { links: string[]; devices: string[] } {
  const module = (id: string, link: string, address: number) =>
    `  - { id: ${id}, type: bench-module, name: ${id}, area: site, link: ${link}, address: ${address} }`;
  const links: string[] = [];
  const devices: string[] = [];
  for (let unit = 0; unit < tcpUnits; unit++) {
    links.push(`  - { id: unit-${unit}, kind: modbus-tcp, host: 127.0.0.1, port: ${tcpPort} }`);
    for (let i = 0; i < modulesPerUnit; i++)
      devices.push(module(`unit-${unit}-${i}`, `unit-${unit}`, unit * modulesPerUnit + i + 1));
  }
  for (const [bus, port] of busPorts.entries()) {
    links.push(
      `  - { id: bus-${bus}, kind: bus, protocol: modbus-rtu, path: "tcp://127.0.0.1:${port}", baudRate: ${busBaudRate} }`,
    );
    for (let i = 0; i < modulesPerBus; i++) devices.push(module(`bus-${bus}-${i}`, `bus-${bus}`, i + 1));
  }
  return { links, devices };
}

export const busCount = buses;
