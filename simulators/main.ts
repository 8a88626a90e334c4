import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { type GatewayPorts, startCompound } from './compound.ts';
import { scenes } from './scenes/scenes.ts';
import { demoSite } from './site/demo-site.ts';

// The far side of every link of the demo compound, in a process of its own. Says {"ready":true,…} when the far ends listen
// and the site file is written; then takes {"ports":{"mqtt":port,…},"secrets":{…},"past":true} as one line on stdin. The control socket plays
// scenes: one line {"scene":"perimeter-intrusion"} in, one line {"ok":true} or {"ok":false,"error":…} out.

const { values } = parseArgs({
  options: { site: { type: 'string' }, control: { type: 'string' } },
});
const compound = await startCompound();
if (values.site) writeFileSync(values.site, demoSite(compound.ports), { mode: 0o600 });

const listed = Object.entries(scenes).map(([id, { title }]) => ({ id, title }));
const running = new Set<NodeJS.Timeout>();

function play(name: string): { ok: boolean; error?: string } {
  const scene = Object.hasOwn(scenes, name) ? scenes[name] : undefined;
  if (!scene)
    return { ok: false, error: `there is no scene ${name}; there are ${Object.keys(scenes).join(', ')}` };
  scene.play(compound, (ms, act) => {
    const timer = setTimeout(() => {
      running.delete(timer);
      act();
    }, ms);
    running.add(timer);
  });
  return { ok: true };
}

function lines(take: (line: string) => void): (data: Buffer) => void {
  let rest = '';
  return (data) => {
    const parts = (rest + data.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.trim() !== '') take(part);
  };
}

if (values.control) {
  if (existsSync(values.control)) rmSync(values.control);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on(
      'data',
      lines((line) => {
        let scene: unknown;
        try {
          scene = (JSON.parse(line) as { scene?: unknown }).scene;
        } catch {
          scene = line;
        }
        const answer = scene === undefined ? { ok: true, scenes: listed } : play(String(scene));
        socket.write(`${JSON.stringify(answer)}\n`);
      }),
    );
  });
  server.listen(values.control);
}

process.stdin.on(
  'data',
  lines((line) => {
    const order = JSON.parse(line) as {
      ports: GatewayPorts;
      secrets: Record<string, string>;
      past?: boolean;
    };
    compound.connect(order.ports, order.secrets, order.past === true);
  }),
);
// The parent's end closes when it dies: then so do we.
process.stdin.on('end', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
console.log(
  JSON.stringify({
    ready: true,
    ports: compound.ports,
    scenes: listed,
  }),
);
