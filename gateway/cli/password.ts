import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { fault } from '../lib/errors.ts';

/** A password typed twice without being shown; from a pipe, its first line. */
export async function readPassword(): Promise<string> {
  if (!process.stdin.isTTY) {
    for await (const line of createInterface({ input: process.stdin })) return line;
    throw fault('request.invalid', 'no password came on standard input');
  }
  const first = await ask('New password: ');
  if ((await ask('Once more: ')) !== first) throw fault('request.invalid', 'the two passwords differ');
  return first;
}

function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, taken) => taken() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    terminal.once('SIGINT', () => {
      terminal.close();
      reject(fault('request.invalid', 'stopped'));
    });
    terminal.question('', (answer) => {
      terminal.close();
      process.stderr.write('\n');
      resolve(answer);
    });
  });
}
