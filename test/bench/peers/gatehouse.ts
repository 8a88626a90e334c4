import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway } from '../../../gateway/gateway.ts';
import { silentLog } from '../../../gateway/lib/log.ts';

// The whole gateway in a process of its own, everything on: credentials, rights, decoding, rules, durable alarms, history, live
// push. Takes the number of devices; says where it listens and the devices' secrets.
const count = Number(process.argv[2] ?? 100);
const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
const gateway = await createGateway({
  dataDir,
  http: { host: '127.0.0.1', port: 0 },
  mqtt: { host: '127.0.0.1', port: 0 },
  log: silentLog,
});
const ask = async <Answer>(name: string, args: unknown) => (await gateway.control[name]?.(args)) as Answer;
const devices = Array.from(
  { length: count },
  (_, i) => `  - { id: bench-${i}, type: native-tank, name: 水箱 ${i}, area: site }`,
);
await ask('site.apply', {
  yaml: `site: { id: bench, name: bench }\nareas: [{ id: site, name: site, kind: site }]\ndevices:\n${devices.join('\n')}\n`,
  file: 'bench.yaml',
  prune: false,
});
await ask('user.add', { id: 'admin', role: 'administrator', password: 'seven-quiet-herons-42' });
const { secret: token } = await ask<{ secret: string }>('token.create', {
  role: 'administrator',
  name: 'bench',
});
const secrets = [];
for (let i = 0; i < count; i++) {
  const id = `bench-${i}`;
  secrets.push({ id, secret: (await ask<{ secret: string }>('device.secret', { device: id })).secret });
}
console.log(
  JSON.stringify({ ready: true, http: gateway.http, mqtt: gateway.mqtt, token, devices: secrets, dataDir }),
);
process.on('SIGTERM', () => {
  void gateway.close().then(() => {
    rmSync(dataDir, { recursive: true, force: true });
    process.exit(0);
  });
});
