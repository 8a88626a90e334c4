import { trialDraftSchema, trialSchema } from '../contract/trial.ts';
import type { Routes } from '../store/operate.ts';
import type { Trials } from './trials.ts';

/** `/trials`: a device is tried before it is saved. */
export function trialRoutes(trials: Trials): Routes {
  return async (app) => {
    app.post(
      '/trials',
      {
        config: { permission: 'integrate' },
        schema: {
          tags: ['devices'],
          summary:
            'Try a device that is not saved: it is asked once, or its first message is waited for; the bytes, what they mean, and how to mend what failed',
          body: trialDraftSchema,
          response: { 200: trialSchema },
        },
      },
      (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        return trials.run(request.body, { actor: request.actor, signal: gone.signal });
      },
    );
  };
}
