import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGateway } from '../../../gateway/gateway.ts';
import { silentLog } from '../../../gateway/lib/log.ts';
import type { LoadOrder } from '../load/order.ts';
import { unitType } from '../modbus/site-units.ts';
import { temporaryFolder } from '../processes.ts';
import { benchType } from './bench-type.ts';

/** A data directory with a site, an administrator's token and the secrets of its devices. */
export interface GatehouseData {
  dataDir: string;
  token: string;
  devices: LoadOrder['devices'];
}

export interface SitePlan {
  /** Devices of the benchmark's own type, which send. */
  sending: number;
  /** More devices that say nothing: tanks with seven alarms each. */
  silent?: number;
  /** Further lines of the site file. */
  links?: string[];
  others?: string[];
}

const prepared = new Map<string, Promise<GatehouseData>>();

async function prepare(plan: SitePlan): Promise<GatehouseData> {
  const dataDir = temporaryFolder();
  for (const [id, text] of Object.entries({ 'bench-panel': benchType(), 'bench-module': unitType() })) {
    mkdirSync(join(dataDir, 'types', id), { recursive: true });
    writeFileSync(join(dataDir, 'types', id, 'type.yaml'), text);
  }
  const gateway = await createGateway({ dataDir, http: null, mqtt: null, log: silentLog });
  const ask = async <Answer>(name: string, args: unknown) => (await gateway.control[name]?.(args)) as Answer;
  try {
    const ids = Array.from({ length: plan.sending }, (_, i) => `bench-${i}`);
    const lines = [
      'site: { id: bench, name: bench }',
      'areas: [{ id: site, name: site, kind: site }]',
      ...(plan.links ? ['links:', ...plan.links] : []),
      'devices:',
      ...ids.map((id) => `  - { id: ${id}, type: bench-panel, name: ${id}, area: site }`),
      ...Array.from(
        { length: plan.silent ?? 0 },
        (_, i) => `  - { id: tank-${i}, type: native-tank, name: tank-${i}, area: site }`,
      ),
      ...(plan.others ?? []),
    ];
    await ask('site.apply', { yaml: `${lines.join('\n')}\n`, file: 'bench.yaml', prune: false });
    await ask('user.add', { id: 'admin', role: 'administrator', password: 'seven-quiet-herons-42' });
    const made = await ask<{ secret: string }>('token.create', { role: 'administrator', name: 'bench' });
    const devices = await Promise.all(
      ids.map(async (id) => ({ id, ...(await ask<{ secret: string }>('device.secret', { device: id })) })),
    );
    return { dataDir, token: made.secret, devices };
  } finally {
    await gateway.close();
  }
}

/** A fresh copy for one run; the original is made once for each plan. The copy is the caller's to remove. */
export async function gatehouseData(plan: SitePlan): Promise<GatehouseData> {
  const key = JSON.stringify(plan);
  const made = prepared.get(key) ?? prepare(plan);
  prepared.set(key, made);
  const original = await made;
  const dataDir = temporaryFolder();
  cpSync(original.dataDir, dataDir, { recursive: true });
  return { ...original, dataDir };
}
