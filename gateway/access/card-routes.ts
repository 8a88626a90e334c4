import { z } from 'zod';
import { cardSchema, cardStateSchema } from '../contract/card.ts';
import { keySchema, recordIdSchema, timeSchema } from '../contract/names.ts';
import { normaliseTag } from '../contract/tag.ts';
import { fault } from '../lib/errors.ts';
import type { Operate, Routes } from '../store/operate.ts';
import type { Cards } from './cards.ts';

const tags = ['access'];
const idParams = z.object({ id: recordIdSchema });
const reasonSchema = z.string().trim().min(1).max(500);
const doorsSchema = z.array(keySchema).min(1).max(500);
const cardTextSchema = z.string().trim().min(1).max(64).describe('In any spelling');

const issueSchema = z.strictObject({
  id: recordIdSchema
    .optional()
    .describe('Made by the client: repeating the request with it issues nothing more'),
  card: cardTextSchema,
  person: keySchema.optional(),
  holder: z
    .string()
    .trim()
    .min(1)
    .max(120)
    .optional()
    .describe('The name of somebody who is no person of the site'),
  doors: doorsSchema.describe('Doors whose controllers keep cards'),
  validFrom: timeSchema.optional(),
  validUntil: timeSchema.optional(),
  reason: reasonSchema.optional(),
});

const changeSchema = z.strictObject({
  doors: doorsSchema.optional(),
  validFrom: timeSchema.nullable().optional(),
  validUntil: timeSchema.nullable().optional(),
  reason: reasonSchema.optional(),
});

/** What is done with a card that is not at hand. */
const acts = [
  {
    act: 'lost',
    summary: 'Report a card lost (挂失): every controller is told to forget it, its use is an alarm',
  },
  { act: 'restore', summary: 'A lost card was found: every controller is told of it again' },
  { act: 'revoke', summary: 'Revoke a card for good; its number may be issued anew' },
] as const;

/** `/access/cards`: who may open which doors, and which controllers have confirmed it. */
export function cardRoutes(deps: { operate: Operate; cards: Cards }): Routes {
  const { operate, cards } = deps;
  return async (app) => {
    app.get(
      '/access/cards',
      {
        config: { permission: 'access.read' },
        schema: {
          summary: 'Cards, newest issue first, with what each controller has confirmed',
          tags,
          querystring: z.object({
            card: cardTextSchema.transform((text) => normaliseTag(text)).optional(),
            person: keySchema.optional(),
            holder: z.string().trim().max(120).optional().describe("A part of the holder's name"),
            door: keySchema.optional().describe('Who has access there'),
            state: cardStateSchema.optional(),
            unconfirmed: z
              .enum(['true', 'false'])
              .optional()
              .describe('Only those that some controller has not confirmed'),
            limit: z.coerce.number().int().min(1).max(500).default(100),
            cursor: recordIdSchema.optional().describe('`next` of the page before'),
          }),
          response: { 200: z.object({ items: z.array(cardSchema), next: recordIdSchema.nullable() }) },
        },
      },
      async (request) => {
        const { card: number, unconfirmed, limit, cursor, ...filter } = request.query;
        const found = cards.list({ ...filter, number, unconfirmed: unconfirmed === 'true' }, limit, cursor);
        const items = found.slice(0, limit);
        return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
      },
    );

    app.get(
      '/access/cards/:id',
      {
        config: { permission: 'access.read' },
        schema: {
          summary: 'One card; who did what with it: GET /audit?subject=card:{id}',
          tags,
          params: idParams,
          response: { 200: cardSchema },
        },
      },
      async (request) => {
        const card = cards.get(request.params.id);
        if (!card) throw fault('not.found', `there is no card ${request.params.id}`);
        return card;
      },
    );

    app.post(
      '/access/cards',
      {
        config: { permission: 'access.write' },
        schema: {
          summary:
            'Issue a card without having it at hand; follow its controllers until they have confirmed it',
          tags,
          body: issueSchema,
          response: { 201: cardSchema },
        },
      },
      async (request, reply) => {
        const card = await operate('access.card', request.actor, (turn) => cards.issue(turn, request.body));
        return reply.code(201).send(card);
      },
    );

    app.patch(
      '/access/cards/:id',
      {
        config: { permission: 'access.write' },
        schema: {
          summary: 'Authorise a card for other doors or another time',
          tags,
          params: idParams,
          body: changeSchema,
          response: { 200: cardSchema },
        },
      },
      async (request) =>
        operate('access.card', request.actor, (turn) => cards.change(turn, request.params.id, request.body)),
    );

    for (const { act, summary } of acts)
      app.post(
        `/access/cards/:id/${act}`,
        {
          config: { permission: 'access.write' },
          schema: {
            summary,
            tags,
            params: idParams,
            body: z.strictObject({ reason: reasonSchema }),
            response: { 200: cardSchema },
          },
        },
        async (request) =>
          operate(`access.card.${act}`, request.actor, (turn) =>
            cards[act](turn, request.params.id, request.body.reason),
          ),
      );

    app.post(
      '/access/cards/:id/retry',
      {
        config: { permission: 'access.write' },
        schema: {
          summary: 'Send a card again to the controllers that have not confirmed it',
          tags,
          params: idParams,
          body: z.strictObject({ controller: keySchema.optional() }),
          response: { 200: cardSchema },
        },
      },
      async (request) =>
        operate('access.card.retry', request.actor, (turn) =>
          cards.retry(turn, request.params.id, request.body.controller),
        ),
    );
  };
}
