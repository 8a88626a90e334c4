import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Option } from 'commander';
import type { Scan, ScanFind } from '../contract/scan.ts';
import { fault } from '../lib/errors.ts';
import { type AddCommand, chosenDataDir } from './command.ts';
import { callControl, controlPath } from './control.ts';
import { print, printError } from './output.ts';

/** How often a running scan is asked for what it has found, ms. */
const lookMs = 200;

const words: Record<ScanFind['how'], string> = {
  answer: 'answers',
  exception: 'answers that it has no such register',
  garbled: 'something answers that cannot be read: two with this address, or another parity or baud rate',
};

/** Only a gateway that runs has the line. */
async function ask(dataDir: string, name: string, args: unknown): Promise<Scan> {
  const answer = existsSync(dataDir) ? await callControl(controlPath(dataDir), name, args) : undefined;
  if (!answer)
    throw fault(
      'state.conflict',
      `no gateway runs on ${dataDir}, and only a running one has the line; start it (gatehouse serve), or give its directory with --data`,
    );
  return answer.result as Scan;
}

function printFind({ address, how, ms, at, devices }: ScanFind): void {
  const known = devices.length > 0 ? `; is ${devices.join(', ')}` : '';
  const place = at === null ? '' : ` at ${at}`;
  print(`${address}  ${words[how]}${place} (${ms} ms)${known}`);
}

interface ScanOptions {
  protocol?: string;
  from?: number;
  to?: number;
  broadcast?: string;
}

/** What is asked of the gateway: a scan of a link of the site, or of a network to which it has none. */
function wanted(link: string | undefined, { protocol, from, to, broadcast }: ScanOptions) {
  const ranged = from !== undefined || to !== undefined;
  if (link !== undefined) {
    if (broadcast !== undefined)
      throw fault(
        'request.invalid',
        `link "${link}" has its broadcast address in the site: leave --broadcast out, or leave the link out`,
      );
    const chosen = protocol ?? (ranged ? 'modbus' : undefined);
    return { link, request: chosen === undefined ? undefined : { protocol: chosen, from, to } };
  }
  if (protocol !== 'uhppote')
    throw fault(
      'request.invalid',
      'say which link is scanned; without one only door controllers can be searched for: --protocol uhppote',
    );
  return {
    link: 'network',
    request: { protocol },
    newLink: { id: 'network', kind: 'uhppote', ...(broadcast !== undefined && { broadcast }) },
  };
}

export const scanCommand: AddCommand = (program, done) => {
  program
    .command('scan')
    .description('look for what is on a link, between the polls of its devices')
    .argument('[link]', 'key of the link; without one: --protocol uhppote searches this network')
    .addOption(
      new Option('--protocol <protocol>', 'default: what the link is for').choices([
        'modbus',
        'dlt645',
        'cjt188',
        'uhppote',
      ]),
    )
    .option('--from <unit>', 'first Modbus unit id', Number)
    .option('--to <unit>', 'last Modbus unit id', Number)
    .option('--broadcast <address>', 'of the network that is searched, where no link is named')
    .action(async (named: string | undefined, options: ScanOptions, command) => {
      const dataDir = chosenDataDir(command);
      const question = wanted(named, options);
      const { link } = question;
      let scan = await ask(dataDir, 'scan.start', question);
      const stop = () => void ask(dataDir, 'scan.stop', { link }).catch(() => {});
      process.once('SIGINT', stop);
      const told = new Set<string>();
      for (;;) {
        for (const find of scan.finds) {
          if (told.has(find.address)) continue;
          told.add(find.address);
          printFind(find);
        }
        if (scan.state !== 'running') break;
        await pause(lookMs);
        scan = await ask(dataDir, 'scan.progress', { link });
      }
      process.removeListener('SIGINT', stop);
      if (scan.problem) printError(scan.problem.words);
      const place = named === undefined ? 'this network' : link;
      print(
        `${scan.finds.length} found on ${place}${scan.state === 'stopped' ? '; stopped before the end' : ''}`,
      );
      if (scan.state === 'failed') done(1);
    });
};
