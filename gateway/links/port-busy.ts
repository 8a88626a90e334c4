import { fault } from '../lib/errors.ts';

/** Who listens, in errors and the log, and the settings of its port. */
export interface ListenerName {
  /** `alarm receiver` */
  name: string;
  /** Before `_HOST` and `_PORT`: `GATEHOUSE_FIRE`. */
  variables: string;
  /** In gatehouse.yaml: `fireReceiver`. */
  key: string;
}

/** Why a port cannot be listened on, and which setting to change. */
export function portBusy(
  { name, variables, key }: ListenerName,
  host: string,
  port: number,
  cause: NodeJS.ErrnoException,
): Error {
  const mend =
    cause.code === 'EADDRINUSE'
      ? `stop the program that has the port, or set ${variables}_PORT (${key}.port in gatehouse.yaml) to another one`
      : `set ${variables}_HOST (${key}.host in gatehouse.yaml) to an address of this machine and ${variables}_PORT to a port above 1023`;
  return fault('port.busy', `the ${name} cannot listen on ${host}:${port} (${cause.message}): ${mend}`, {
    cause,
  });
}
