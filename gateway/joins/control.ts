import { z } from 'zod';
import { readAudit, readAuditHead, verifyAudit } from '../auth/audit.ts';
import { type Auth, checkedHash, newTokenSecret } from '../auth/auth.ts';
import type { Backups } from '../backup/backups.ts';
import { backupControl } from '../backup/control.ts';
import type { UserView } from '../contract/account.ts';
import { keySchema } from '../contract/names.ts';
import { type Actor, permissions, roleSchema } from '../contract/permissions.ts';
import { scanRequestSchema } from '../contract/scan.ts';
import { linkSchema } from '../contract/site.ts';
import { typeControl } from '../devices/type-control.ts';
import type { TypeLibrary } from '../devices/type-library.ts';
import { exchangeControl, pointControl } from '../exchange/control.ts';
import type { Scans } from '../links/scans.ts';
import { siteControl } from '../site/control.ts';
import type { Site } from '../site/site.ts';
import type { Operate } from '../store/operate.ts';
import type { Query } from '../store/store.ts';
import type { JoinedExchange } from './exchange.ts';
import type { JoinedPointExchange } from './point-exchange.ts';

/** The command line on this machine: whoever can read the data directory may do everything. */
export const commandLine: Actor = {
  who: 'command-line',
  name: 'command line',
  station: 'local',
  permissions: new Set(permissions),
};

const tokenArgs = z.object({ role: roleSchema, name: keySchema.optional() });
const userArgs = z.object({
  id: keySchema,
  role: roleSchema,
  name: z.string().optional(),
  password: z.string(),
});
const passwordArgs = z.object({ id: keySchema, password: z.string() });
const linkArgs = z.object({ user: keySchema });
const secretArgs = z.object({ device: keySchema });
const linkKeyArgs = z.object({ link: keySchema });
const scanArgs = z.object({
  link: keySchema,
  request: scanRequestSchema.optional(),
  newLink: linkSchema.optional(),
});

/** What `gatehouse token|user|site|…` asks of the gateway, running or opened for it. */
export function controlHandlers(deps: {
  operate: Operate;
  query: Query;
  auth: Auth;
  site: Site;
  backups: Backups;
  exchange: JoinedExchange;
  pointExchange: JoinedPointExchange;
  scans: Scans;
  dataDir: string;
  passphrase: string | undefined;
  library: TypeLibrary;
}): Record<string, (args: unknown) => Promise<unknown>> {
  const { operate, auth, site, query, backups, scans, dataDir, passphrase } = deps;
  return {
    ...siteControl({ operate, site, actor: commandLine }),
    ...exchangeControl({ operate, ...deps.exchange, actor: commandLine }),
    ...pointControl({ ...deps.pointExchange, files: deps.exchange.files, actor: commandLine }),
    ...typeControl({ library: deps.library, actor: commandLine }),
    ...backupControl({ backups, dataDir, passphrase, actor: commandLine }),
    async 'token.create'(args) {
      const { role, name } = tokenArgs.parse(args);
      const secret = newTokenSecret();
      const token = await operate('token.create', commandLine, (turn) =>
        auth.createToken(turn, { role, name, secret }),
      );
      return { name: token.name, secret };
    },
    async 'user.add'(args) {
      const { id, role, name = id, password } = userArgs.parse(args);
      const passwordHash = await checkedHash(password, { id, name });
      await operate('user.add', commandLine, (turn) =>
        auth.createUser(turn, { id, role, name, passwordHash }),
      );
      return {};
    },
    async 'user.passwd'(args) {
      const { id, password } = passwordArgs.parse(args);
      const passwordHash = await checkedHash(password, {
        id,
        name: auth.users.committed.get(id)?.name ?? id,
      });
      await operate('user.passwd', commandLine, (turn) => auth.setPassword(turn, id, passwordHash));
      return {};
    },
    async 'user.list'() {
      const users = [...auth.users.committed.values()].map(
        ({ password: _password, ...user }): UserView => user as UserView,
      );
      return { users };
    },
    'setup.link': () => auth.createSetupLink(),
    'sign-in.link': (args) => auth.createSignInLink(linkArgs.parse(args).user),
    async 'device.secret'(args) {
      const { device } = secretArgs.parse(args);
      return {
        secret: await operate('device.secret', commandLine, (turn) => site.issueSecret(turn, device)),
      };
    },
    async 'link.secret'(args) {
      const { link } = linkKeyArgs.parse(args);
      return {
        secret: await operate('link.secret', commandLine, (turn) => site.issueBridgeSecret(turn, link)),
      };
    },
    async 'scan.start'(args) {
      const { link, request, newLink } = scanArgs.parse(args);
      return scans.start(link, request, newLink && { link: newLink, actor: commandLine });
    },
    async 'scan.progress'(args) {
      return scans.progress(linkKeyArgs.parse(args).link);
    },
    async 'scan.stop'(args) {
      return scans.stop(linkKeyArgs.parse(args).link);
    },
    async 'audit.verify'() {
      return verifyAudit(readAudit(query), await readAuditHead(query));
    },
  };
}
