import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { drawScene } from './camera-scene.ts';
import { encodeJpeg } from './jpeg.ts';

/** What a camera does when it is asked for its picture. */
export type CameraMode =
  | 'well'
  /** Takes the request and never answers. */
  | 'hang'
  /** Answers after 2 s. */
  | 'slow'
  /** Begins, and goes on for ever, a byte at a time. */
  | 'drip'
  /** Far more than a picture, without saying how much. */
  | 'huge'
  /** Says at once that it is far more. */
  | 'huge-announced'
  /** Ends in the middle. */
  | 'cut-short'
  /** Another kind of content, or none of the content that it says. */
  | 'html'
  | 'not-a-picture'
  | 'stream'
  | 'redirect'
  | 'broken'
  /** Hangs up. */
  | 'reset';

export interface CameraSignIn {
  scheme: 'basic' | 'digest';
  user: string;
  password: string;
  /** Of a digest; RFC 7616 names them. */
  algorithm?: 'MD5' | 'SHA-256';
}

export interface SimulatedCameras {
  port: number;
  /** By the camera's name; `well` when it is not in here. */
  modes: Map<string, CameraMode>;
  /** Requests for pictures so far, by camera: those that were turned away for want of a sign-in are not counted. */
  asked: Map<string, number>;
  /** Headers of the newest request for any picture. */
  headers(): IncomingMessage['headers'];
  close(): void;
}

/** Digest as a server checks it (RFC 7616 §3.4.1), written apart from the gateway's own. */
function isDigestGood(
  header: string,
  { user, password, algorithm = 'MD5' }: CameraSignIn,
  nonce: string,
): boolean {
  const field = (name: string) => new RegExp(`(?:^|[ ,])${name}="?([^",]*)"?`).exec(header)?.[1] ?? '';
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex');
  const a1 = hash(`${user}:${field('realm')}:${password}`);
  const a2 = hash(`GET:${field('uri')}`);
  const response = hash([a1, field('nonce'), field('nc'), field('cnonce'), field('qop'), a2].join(':'));
  return field('nonce') === nonce && field('username') === user && field('response') === response;
}

/**
 * Cameras, or the recorder that they hang on: `/NAME.jpg` is the picture of this moment, `/live/NAME` a page with it, and
 * `/recording/NAME?at=TIME` a page with that of another moment.
 */
export async function serveCameras(
  options: { port?: number; signIn?: CameraSignIn } = {},
): Promise<SimulatedCameras> {
  const { signIn } = options;
  const modes: SimulatedCameras['modes'] = new Map();
  const asked: SimulatedCameras['asked'] = new Map();
  const nonce = randomBytes(12).toString('base64');
  let newest: IncomingMessage['headers'] = {};

  function mayLook({ headers }: IncomingMessage): boolean {
    const { authorization = '' } = headers;
    if (!signIn) return true;
    const { scheme, user, password } = signIn;
    if (scheme === 'basic')
      return authorization === `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return authorization.startsWith('Digest ') && isDigestGood(authorization, signIn, nonce);
  }

  function turnAway(response: ServerResponse): void {
    const challenge =
      signIn?.scheme === 'digest'
        ? `Digest realm="camera", qop="auth", algorithm=${signIn.algorithm ?? 'MD5'}, nonce="${nonce}", opaque="x"`
        : 'Basic realm="camera"';
    response.writeHead(401, { 'www-authenticate': challenge }).end('sign in');
  }

  async function answer(name: string, response: ServerResponse): Promise<void> {
    const jpeg = encodeJpeg(drawScene(name, new Date()));
    const head = { 'content-type': 'image/jpeg', 'content-length': jpeg.length };
    switch (modes.get(name) ?? 'well') {
      case 'slow':
        await wait(2_000);
        response.writeHead(200, head).end(jpeg);
        return;
      case 'well':
        response.writeHead(200, head).end(jpeg);
        return;
      case 'hang':
        return;
      case 'drip':
        response.writeHead(200, { 'content-type': 'image/jpeg' }).write(jpeg.subarray(0, 200));
        while (!response.destroyed) {
          response.write(Buffer.from([0]));
          await wait(100);
        }
        return;
      case 'huge':
        response.writeHead(200, { 'content-type': 'image/jpeg' }).write(jpeg);
        for (let i = 0; i < 1_000 && !response.destroyed; i++) {
          response.write(Buffer.alloc(64 * 1024));
          await wait(1);
        }
        response.end();
        return;
      case 'huge-announced':
        response.writeHead(200, { ...head, 'content-length': 1e9 }).write(jpeg);
        return;
      case 'cut-short':
        response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpeg.subarray(0, jpeg.length >> 1));
        return;
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Camera</h1>');
        return;
      case 'not-a-picture':
        response.writeHead(200, { 'content-type': 'image/jpeg' }).end('<script>alert(1)</script>');
        return;
      case 'stream':
        response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=x' }).write('--x\r\n');
        return;
      case 'redirect':
        response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
        return;
      case 'broken':
        response.writeHead(503).end('busy');
        return;
      case 'reset':
        response.destroy();
        return;
    }
  }

  function page(response: ServerResponse, title: string, picture: string, refreshS: number): void {
    const refresh = refreshS > 0 ? `<meta http-equiv="refresh" content="${refreshS}">` : '';
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html>${refresh}<title>${title}</title><body style="margin:0;background:#222;color:#ddd"><h3>${title}</h3><img src="${picture}">`,
    );
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://camera');
    response.on('error', () => {});
    const name = /^\/(?:live\/|recording\/)?([a-z0-9-]+)(?:\.jpg)?$/.exec(url.pathname)?.[1];
    const at = new Date(url.searchParams.get('at') ?? Number.NaN);
    const known = !Number.isNaN(at.getTime());
    if (name === undefined) response.writeHead(404).end('no such camera');
    else if (url.pathname.startsWith('/live/')) page(response, `LIVE ${name}`, `/${name}.jpg`, 1);
    else if (url.pathname.startsWith('/recording/'))
      page(response, `REC ${name}`, `/${name}.jpg${known ? `?at=${at.toISOString()}` : ''}`, 0);
    else if (!mayLook(request)) turnAway(response);
    else if (known)
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(encodeJpeg(drawScene(name, at)));
    else {
      newest = request.headers;
      asked.set(name, (asked.get(name) ?? 0) + 1);
      void answer(name, response);
    }
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  return {
    port,
    modes,
    asked,
    headers: () => newest,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
