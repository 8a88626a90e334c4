import { z } from 'zod';
import { explainedFrameSchema, frameCandidateSchema, typeReadingSchema } from '../contract/frame.ts';
import { keySchema } from '../contract/names.ts';
import { fault } from '../lib/errors.ts';
import { suggestion } from '../lib/nearest.ts';
import { decoders } from '../protocols/decode.ts';
import type { Routes } from '../store/operate.ts';
import type { Catalogue } from './catalogue.ts';
import { inspect, isInspected } from './inspection.ts';

/** A frame is short; a log of a line may be pasted whole. */
const longestInput = 64 * 1024;

const bodySchema = z.strictObject({
  input: z
    .string()
    .min(1, 'paste the bytes, the text or the message')
    .max(longestInput)
    .describe(
      'hex digits as a terminal or log prints them, text with control characters as \\r or <CR>, or JSON',
    ),
  form: z.enum(['hex', 'text']).optional().describe('how to read it; both are tried without'),
  protocol: z.string().max(60).optional().describe('guessed without'),
  profile: z.unknown().optional().describe('what the frame does not say itself, as the codec takes it'),
  key: z
    .string()
    .max(64)
    .regex(/^([0-9A-Fa-f]{2})*$/, 'write the key as hex digits')
    .optional(),
  topic: z.string().max(512).optional().describe('of an MQTT message'),
  direction: z.enum(['request', 'response']).optional(),
  type: keySchema.optional().describe('the device type whose points are read'),
  firstRegister: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('of a Modbus answer without its question: the first address that was asked for'),
});

/** `POST /decode`: the frame inspector. */
export function inspectRoutes({ catalogue }: { catalogue: Catalogue }): Routes {
  return async (app) => {
    app.get(
      '/protocols',
      {
        config: { permission: 'integrate' },
        schema: {
          summary: 'The protocols that the frame inspector knows',
          tags: ['devices'],
          response: { 200: z.object({ items: z.array(z.string()), next: z.null() }) },
        },
      },
      async () => ({ items: Object.keys(decoders), next: null }),
    );

    app.post(
      '/decode',
      {
        config: { permission: 'integrate' },
        bodyLimit: 2 * longestInput,
        schema: {
          summary: 'Take bytes, a text or an MQTT message apart; the protocol is guessed when none is given',
          tags: ['devices'],
          body: bodySchema,
          response: {
            200: z.object({
              candidates: z.array(frameCandidateSchema),
              frame: explainedFrameSchema.nullable(),
              types: z.array(typeReadingSchema),
            }),
          },
        },
      },
      async (request) => {
        const { form = null, protocol = null, type = null, key, ...rest } = request.body;
        if (protocol !== null && !isInspected(protocol))
          throw fault(
            'request.invalid',
            `there is no protocol "${protocol}"${suggestion(protocol, Object.keys(decoders))}`,
          );
        if (type !== null && !catalogue.types.has(type))
          throw fault('not.found', `there is no device type "${type}"${suggestion(type, catalogue.ids())}`);
        const hints = key === undefined ? {} : { key_hex: key };
        return inspect({ ...rest, ...hints, form, protocol, type }, catalogue);
      },
    );
  };
}
