import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { labelSchema } from '../contract/names.ts';
import { asError, fault } from '../lib/errors.ts';
import type { Routes } from '../store/operate.ts';

const answerMs = 3_000;
const answerSchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  scenes: z.array(z.object({ id: z.string(), title: labelSchema })).optional(),
});
type Answer = z.infer<typeof answerSchema>;

/** The socket of the simulators that run beside a demo gateway. */
export function simulatorsPath(dataDir: string): string {
  return join(dataDir, 'simulators.sock');
}

/**
 * Asks the simulators: `{}` lists their scenes, `{scene}` plays one.
 * @throws not.found when none run here, or there is no such scene
 */
export function askSimulators(dataDir: string, request: { scene?: string }): Promise<Answer> {
  const path = simulatorsPath(dataDir);
  if (!existsSync(path))
    throw fault('not.found', 'no simulators run beside this gateway; start the demo with npm run demo');
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.setTimeout(answerMs, () => socket.destroy(new Error('no answer')));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (data) => {
      text += data.toString();
      if (!text.endsWith('\n')) return;
      socket.end();
      const answer = answerSchema.parse(JSON.parse(text));
      if (answer.ok) resolve(answer);
      else reject(fault('not.found', answer.error ?? 'the simulators refused'));
    });
    socket.on('error', (error) =>
      reject(
        fault('not.found', `the simulators do not answer (${asError(error).message})`, { cause: error }),
      ),
    );
  });
}

/** Scenes of the demo compound; on a real site there are none. */
export function simulationRoutes(deps: { dataDir: string }): Routes {
  return async (app) => {
    const tags = ['simulation'];
    app.get(
      '/simulation/scenes',
      {
        config: { permission: 'simulate' },
        schema: {
          summary: 'Scenes that the simulators can play',
          tags,
          response: {
            200: z.object({
              items: z.array(z.object({ id: z.string(), title: labelSchema })),
              next: z.null(),
            }),
          },
        },
      },
      async () => ({ items: (await askSimulators(deps.dataDir, {})).scenes ?? [], next: null }),
    );
    app.post(
      '/simulation/scenes/:id',
      {
        config: { permission: 'simulate' },
        schema: {
          summary: 'Play a scene',
          tags,
          params: z.object({ id: z.string() }),
          body: z.strictObject({}).optional(),
          response: { 200: z.object({ ok: z.literal(true) }) },
        },
      },
      async (request) => {
        await askSimulators(deps.dataDir, { scene: request.params.id });
        return { ok: true as const };
      },
    );
  };
}
