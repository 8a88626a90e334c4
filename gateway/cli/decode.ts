import { readFileSync } from 'node:fs';
import { asError, fault } from '../lib/errors.ts';
import { suggestion } from '../lib/nearest.ts';
import { decodeFrame, decoders, isProtocol, runVectors } from '../protocols/decode.ts';
import { explainFrame } from '../protocols/explain.ts';
import { guessFrame } from '../protocols/guess.ts';
import type { AddCommand } from './command.ts';
import { print, printError } from './output.ts';

interface DecodeOptions {
  profile?: string;
  key?: string;
  topic?: string;
  bits?: string;
  direction?: string;
  vectors?: string;
  protocol?: string;
}

export const decodeCommand: AddCommand = (program, done) => {
  program
    .command('decode')
    .description('show as JSON what a codec sees in a frame, guess its protocol, or run test vectors')
    .argument('[protocol]', `one of ${Object.keys(decoders).join(', ')}; left out: it is guessed`)
    .argument('[hex]', 'the frame as hex digits; - reads them from standard input')
    .option('--profile <json>', 'what the frame does not say itself, as JSON or a word')
    .option('--key <hex>', 'the key of an encrypted frame')
    .option('--topic <topic>', 'the MQTT topic it came on')
    .option('--bits <bits>', 'a bit string instead of bytes')
    .option('--direction <direction>', 'request or response')
    .option('--vectors <file>', 'run the vectors of a JSON file; exit 1 when any fails')
    .option('--protocol <list>', 'with --vectors: only these protocols, separated by commas')
    .action(async (protocol: string | undefined, hex: string | undefined, options: DecodeOptions) => {
      if (options.vectors !== undefined) {
        if (protocol !== undefined)
          throw fault('request.invalid', 'with --vectors choose protocols by --protocol A,B');
        if (!vectorsPass(options.vectors, options.protocol)) done(1);
        return;
      }
      if (
        protocol !== undefined &&
        hex === undefined &&
        options.bits === undefined &&
        !isProtocol(protocol)
      ) {
        if (!printGuess(protocol, options)) done(1);
        return;
      }
      if (protocol === undefined || (hex === undefined && options.bits === undefined))
        throw fault(
          'request.invalid',
          'give a frame, with or without its protocol: gatehouse decode PROTOCOL HEX',
        );
      if (!Object.hasOwn(decoders, protocol))
        throw fault(
          'request.invalid',
          `there is no protocol "${protocol}"${suggestion(protocol, Object.keys(decoders)) || `; there are ${Object.keys(decoders).join(', ')}`}`,
        );
      const text = hex === '-' ? readFileSync(0, 'utf8') : hex;
      const digits = text?.replace(/[\s:,]|0x/gi, '');
      if (digits !== undefined && !/^([0-9a-f]{2})*$/i.test(digits))
        throw fault('request.invalid', `${text?.trim()} is not hex: give pairs of the digits 0-9 and A-F`);
      const seen = decodeFrame(protocol, {
        hex: digits ?? '',
        profile: options.profile === undefined ? undefined : profileOf(options.profile),
        key_hex: options.key,
        topic: options.topic,
        bits: options.bits,
        direction: options.direction,
      });
      print(JSON.stringify(seen, null, 2));
    });
};

/** Prints which protocols the bytes may be of, and the likeliest taken apart. @returns whether there is any */
function printGuess(given: string, { profile, key, topic, direction }: DecodeOptions): boolean {
  const input = given === '-' ? readFileSync(0, 'utf8') : given;
  const hints = {
    profile: profile === undefined ? undefined : profileOf(profile),
    key_hex: key,
    topic,
    direction,
  };
  const { candidates, frames } = guessFrame(input, null, hints);
  const [best] = candidates;
  const found = best && frames.get(best.protocol);
  if (!best || !found) {
    printError(
      `no codec takes this as a frame of its own${suggestion(given, Object.keys(decoders))}; give the protocol to see what is wrong with it: gatehouse decode PROTOCOL HEX (${Object.keys(decoders).join(', ')})`,
    );
    return false;
  }
  const { check, fields, decoded } = explainFrame(best.protocol, found, hints);
  const shown = candidates.map(({ why, ...candidate }) => ({ ...candidate, why: why.en }));
  print(JSON.stringify({ protocol: best.protocol, candidates: shown, check, fields, decoded }, null, 2));
  return true;
}

function profileOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function vectorsPass(file: string, protocols: string | undefined): boolean {
  let vectors: unknown;
  try {
    const whole: unknown = JSON.parse(readFileSync(file, 'utf8'));
    vectors = Array.isArray(whole) ? whole : (whole as { vectors?: unknown }).vectors;
  } catch (error) {
    throw fault('request.invalid', `${file} cannot be read: ${asError(error).message}`, { cause: error });
  }
  const results = runVectors(
    vectors,
    protocols?.split(',').map((name) => name.trim()),
  );
  for (const { id, protocol, passed, differences } of results) {
    print(`${passed ? 'pass' : 'FAIL'} ${protocol} ${id}`);
    for (const { field, expected, actual } of differences)
      printError(`     ${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
  const failed = results.filter(({ passed }) => !passed).length;
  print(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0 && results.length > 0;
}
