import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Mosquitto must be told to keep what it has acknowledged; by default it drops silently after 1,000 messages. */
const needs = ['max_queued_messages 0', 'persistence true'];

/** The settings of a configuration with those that it includes, a line each, blanks evened out (mosquitto.conf(5)). */
function settings(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .flatMap((line) => {
      const folder = /^include_dir (.+)$/.exec(line)?.[1];
      if (folder === undefined) return [line];
      if (!existsSync(folder)) return [];
      const included = readdirSync(folder).filter((name) => name.endsWith('.conf'));
      return included.sort().flatMap((name) => settings(join(folder, name)));
    });
}

/**
 * What a Mosquitto's configuration lacks for devices to be reached through it.
 * @throws when it cannot be read
 */
export function mosquittoLacks(file: string): string[] {
  const lines = settings(file);
  return needs.filter((need) => !lines.includes(need));
}
