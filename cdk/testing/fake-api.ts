import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';

/** A request as a {@link FakeApi} got it. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** What the route's `:names` stand for. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is returned: `json`, or a `body` as it is. */
export interface FakeResponse {
  /** Defaults to 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
}

/** What happens to a request instead of its response. */
export type Fault =
  /** Another response, such as a 503. */
  | FakeResponse
  /** The connection breaks without a response. */
  | { readonly kind: 'reset' }
  /** There never is a response. */
  | { readonly kind: 'hang' }
  /** The connection breaks in the middle of the response. */
  | { readonly kind: 'cut' }
  /** The response comes, a few bytes at a time. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number };

/** Makes the response to a request. */
export type Route = (request: FakeRequest) => FakeResponse | Promise<FakeResponse>;

/** How many requests are let through; the others get 429. */
export interface FakeRateLimit {
  readonly requests: number;
  readonly perMs: number;
  /** `Retry-After` of a 429. Left out: the header is not sent. */
  readonly retryAfterSeconds?: number;
}

/** What a {@link FakeApi} does. */
export interface FakeApiOptions {
  /** By method and path, such as `GET /cats/:cat/kittens`. Others get 404. */
  readonly routes: Readonly<Record<string, Route>>;
  /** What everybody has to send, such as a token: others get 401. */
  readonly allows?: (request: FakeRequest) => boolean;
  readonly rateLimit?: FakeRateLimit;
  /** Key and certificate, PEM: then it speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Epoch ms, for the rate limit. Defaults to this machine's clock. */
  readonly now?: () => number;
}

/** Starts a server for tests of what talks HTTP, on a free port of 127.0.0.1. It must be closed in the end. */
export async function fakeApi(options: FakeApiOptions): Promise<FakeApi> {
  const api = new FakeApi(options);
  await api.start();
  return api;
}

/** A real server that responds as a test wants, with faults. */
export class FakeApi {
  /** All requests, in the order of their arrival, also those that met a fault. */
  readonly requests: FakeRequest[] = [];
  /** Decides about a fault of each request; `index` counts requests from 0. */
  faultFor: (request: FakeRequest, index: number) => Fault | undefined = () => undefined;
  readonly #options: FakeApiOptions;
  readonly #server;
  /** When the requests of the running interval were let through, epoch ms. */
  #admitted: number[] = [];

  constructor(options: FakeApiOptions) {
    this.#options = options;
    const listener = (message: IncomingMessage, response: ServerResponse): void => {
      this.#receive(message, response).catch((error: unknown) => {
        send(response, { status: 500, body: String(error) });
      });
    };
    this.#server = options.tls === undefined ? createServer(listener) : createTlsServer({ ...options.tls }, listener);
  }

  /** Where it listens, such as `http://127.0.0.1:40123`. */
  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('The fake API does not listen.');
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${address.port}`;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** The next requests meet these faults, one each. */
  failNext(...faults: readonly Fault[]): void {
    const before = this.faultFor;
    const queue = [...faults];
    this.faultFor = (request, index) => queue.shift() ?? before(request, index);
  }

  /** Breaks all connections and ends. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(message.url ?? '/', 'http://127.0.0.1');
    const method = message.method ?? 'GET';
    const found = findRoute(this.#options.routes, method, pathname);
    const request: FakeRequest = {
      method,
      path: pathname,
      query: Object.fromEntries(searchParams),
      params: found?.params ?? {},
      headers: message.headers,
      body: await text(message),
    };
    const index = this.requests.push(request) - 1;
    const fault = this.faultFor(request, index);
    if (fault !== undefined && !('kind' in fault)) send(response, fault);
    else sendWith(fault, response, await this.#respond(request, found?.route));
  }

  #respond(request: FakeRequest, route: Route | undefined): FakeResponse | Promise<FakeResponse> {
    const { allows = () => true, rateLimit } = this.#options;
    if (rateLimit !== undefined && !this.#isWithin(rateLimit)) {
      const { retryAfterSeconds: seconds } = rateLimit;
      return { status: 429, headers: seconds === undefined ? {} : { 'retry-after': String(seconds) } };
    }
    if (!allows(request)) return { status: 401 };
    return route === undefined ? { status: 404 } : route(request);
  }

  #isWithin({ requests, perMs }: FakeRateLimit): boolean {
    const now = (this.#options.now ?? Date.now)();
    this.#admitted = this.#admitted.filter((at) => at > now - perMs);
    if (this.#admitted.length >= requests) return false;
    this.#admitted.push(now);
    return true;
  }
}

interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

function findRoute(routes: FakeApiOptions['routes'], method: string, path: string): FoundRoute | undefined {
  for (const [pattern, route] of Object.entries(routes)) {
    const [routeMethod, routePath = ''] = pattern.split(' ');
    const params = routeMethod === method ? paramsOf(routePath.split('/'), path.split('/')) : undefined;
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function paramsOf(pattern: readonly string[], path: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  if (pattern.length !== path.length) return undefined;
  for (const [index, part] of pattern.entries()) {
    const given = path[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(given);
    else if (part !== given) return undefined;
  }
  return params;
}

function send(response: ServerResponse, wanted: FakeResponse): void {
  response.writeHead(wanted.status ?? 200, headersOf(wanted)).end(bodyOf(wanted));
}

const bodyOf = ({ json, body = '' }: FakeResponse): string => (json === undefined ? body : JSON.stringify(json));

const headersOf = ({ json, headers = {} }: FakeResponse): Record<string, string> => ({
  ...(json === undefined ? {} : { 'content-type': 'application/json' }),
  ...headers,
});

function sendWith(
  fault: Exclude<Fault, FakeResponse> | undefined,
  response: ServerResponse,
  wanted: FakeResponse,
): void {
  const body = Buffer.from(bodyOf(wanted));
  switch (fault?.kind) {
    case undefined:
      send(response, wanted);
      return;
    case 'reset':
      response.destroy();
      return;
    case 'hang':
      return;
    case 'cut':
      response.writeHead(wanted.status ?? 200, { ...headersOf(wanted), 'content-length': body.length });
      response.write(body.subarray(0, body.length / 2), () => response.destroy());
      return;
    case 'drip':
      response.writeHead(wanted.status ?? 200, { ...headersOf(wanted), 'content-length': body.length });
      drip(response, body, fault);
  }
}

function drip(
  response: ServerResponse,
  body: Buffer,
  fault: { readonly bytes: number; readonly everyMs: number },
): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + fault.bytes));
    sent += fault.bytes;
    if (sent >= body.length) response.end();
  }, fault.everyMs);
  response.on('close', () => {
    clearInterval(timer);
  });
}
