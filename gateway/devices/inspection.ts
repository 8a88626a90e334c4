import type { DeviceType } from '../contract/device-type.ts';
import type { ExplainedFrame, FrameCandidate, FrameField, TypeReading } from '../contract/frame.ts';
import { type Misread, misreadText } from '../contract/misread.ts';
import { asError } from '../lib/errors.ts';
import { decoders } from '../protocols/decode.ts';
import { explainFrame, type FrameHints } from '../protocols/explain.ts';
import { frameFor, guessFrame } from '../protocols/guess.ts';
import { registerCount } from '../protocols/modbus/registers.ts';
import { type KnownTypes, playStory } from './case-play.ts';
import { type AskedBlock, type StoryResult, storyOfFrame, storyOfMessage } from './frame-story.ts';
import { typesOfTopic } from './stray-topic.ts';

/** What an integrator has in hand. */
export interface InspectionQuestion extends FrameHints {
  /** As it was pasted: hex digits, text, JSON. */
  input: string;
  /** How to read it; null tries both. */
  form: 'hex' | 'text' | null;
  /** Null: guess. */
  protocol: string | null;
  /** The device type whose points shall be read. */
  type: string | null;
  /** First register or bit that was asked for. */
  firstRegister?: number;
}

export interface Inspection {
  candidates: FrameCandidate[];
  frame: ExplainedFrame | null;
  /** What the chosen type makes of it, or without one the types that would read the topic. */
  types: TypeReading[];
}

/** Of types that would read a topic so many are tried. */
const mostTypes = 6;

const nothingRead = {
  ...{ address: null, readings: [], events: [], refused: [], refusedWhy: [], story: null },
  problemWhy: [] as Misread[],
};

/** What a type makes of a frame or message that was brought into the form of a story. */
function readAs(type: DeviceType, known: KnownTypes, found: StoryResult): TypeReading {
  const head = { type: type.id, label: type.label };
  if ('problem' in found)
    return { ...head, ...nothingRead, problem: misreadText(found.problem), problemWhy: [found.problem] };
  const { story, address } = found;
  try {
    const played = playStory(type, known, story);
    if ('unconnected' in played)
      return { ...head, ...nothingRead, address, problem: played.unconnected.join('; ') };
    const points = known.kinds.get(type.kind)?.points ?? {};
    return {
      ...head,
      address,
      readings: [...played.readings].map(([point, { value, quality }]) => ({
        point,
        label: points[point]?.label ?? { zh: point, en: point },
        value,
        unit: points[point]?.unit ?? null,
        quality,
      })),
      events: played.events.map(({ device, type: name, data }) => ({
        device,
        type: name,
        data: { ...data },
      })),
      refused: played.refused,
      refusedWhy: played.refusedWhy.map((why) => [...why]),
      problem: null,
      problemWhy: [],
      story,
    };
  } catch (error) {
    return { ...head, ...nothingRead, address, problem: asError(error).message };
  }
}

/** Puts the points of a type in place of the registers that hold them. */
function namePoints(
  fields: readonly FrameField[],
  type: DeviceType,
  blocks: readonly AskedBlock[],
  { readings }: TypeReading,
): FrameField[] {
  const named: FrameField[] = [];
  for (const { fc, address, quantity, dataAt } of blocks) {
    if (fc <= 2) continue;
    for (const [point, source] of Object.entries(type.points)) {
      if (!('modbus' in source) || source.modbus.function !== fc) continue;
      const { modbus } = source;
      const at = modbus.address - address;
      const words = registerCount(modbus);
      if (at < 0 || at + words > quantity) continue;
      const read = readings.find((one) => one.point === point);
      named.push({
        name: point,
        offset: dataAt + 2 * at,
        length: 2 * words,
        value: read?.value ?? null,
        ...(read?.unit ? { unit: read.unit } : {}),
        ...(read ? { note: read.label } : {}),
      });
    }
  }
  const inside = ({ offset, length }: FrameField) =>
    offset !== null &&
    length !== null &&
    named.some(
      (one) => (one.offset ?? 0) <= offset && (one.offset ?? 0) + (one.length ?? 0) >= offset + length,
    );
  const addressed = fields.map((field) => withAddress(field, blocks));
  const left = addressed.filter((field) => !field.name.startsWith('register') || !inside(field));
  return [...left, ...named].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0));
}

/** A register by its address on the wire, where the question is known. */
function withAddress(field: FrameField, blocks: readonly AskedBlock[]): FrameField {
  if (!field.name.startsWith('register[') || field.offset === null) return field;
  for (const { address, quantity, dataAt } of blocks) {
    const index = (field.offset - dataAt) / 2;
    if (index >= 0 && index < quantity) return { ...field, name: `register ${address + index}` };
  }
  return field;
}

function frameOf(question: InspectionQuestion): Pick<Inspection, 'candidates' | 'frame'> {
  const { input, form, protocol, ...hints } = question;
  const { candidates, frames } = guessFrame(input, form, hints);
  if (protocol !== null) {
    const chosen = frames.get(protocol) ?? frameFor(protocol, input, form, hints);
    return { candidates, frame: chosen && explainFrame(protocol, chosen, hints) };
  }
  const [best] = candidates;
  const found = best && frames.get(best.protocol);
  return { candidates, frame: best && found ? explainFrame(best.protocol, found, hints) : null };
}

/** Whether a protocol can be asked for by this name. */
export const isInspected = (protocol: string): boolean => Object.hasOwn(decoders, protocol);

/** Takes apart what an integrator has pasted. Never throws on what it holds. */
export function inspect(question: InspectionQuestion, known: KnownTypes): Inspection {
  const { topic, input } = question;
  const type = question.type === null ? undefined : known.types.get(question.type);
  const { candidates, frame } = frameOf(question);
  if (topic) {
    const wanted = type
      ? [type]
      : typesOfTopic({ topic, payload: Buffer.from(input) }, known)
          .slice(0, mostTypes)
          .flatMap(({ id }) => known.types.get(id) ?? []);
    return {
      candidates,
      frame,
      types: wanted.map((one) => readAs(one, known, storyOfMessage(one, topic, input))),
    };
  }
  if (!type || !frame) return { candidates, frame, types: [] };
  const found = storyOfFrame(frame, type, known, question);
  const reading = readAs(type, known, found);
  if ('problem' in found || found.blocks.length === 0) return { candidates, frame, types: [reading] };
  return {
    candidates,
    frame: { ...frame, fields: namePoints(frame.fields, type, found.blocks, reading) },
    types: [reading],
  };
}
