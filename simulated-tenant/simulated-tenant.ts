import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { entriesAt, type EntryShape } from './entry-generator';
import type { MetaStyle } from './page-content';
import { maxInAnyMinute, RequestWindow } from './request-window';
import type { TenantEntry } from './tenant-entry';
import { AUDIT_LOGS_PATH, bytesOf, type Headers, INFO_PATH, type TenantResponse } from './tenant-faults';
import { TenantModel } from './tenant-model';
import { type Given, settingsOf, tenantSettings, type TenantSettings } from './tenant-settings';

/** Settings of the server: those of its model, and what it does besides. All of them can be changed while it runs. */
export interface ServerSettings extends TenantSettings {
  /** The key that is accepted. */
  apiKey: string;
  /** Added to the clock: the server's time is this many ms ahead of it (behind, if negative). */
  clockOffsetMs: number;
  /** What a valid key without AUDIT_LOG_READ gets for audit logs; accounts differ on 403 or 404. */
  permission: 'granted' | 'forbidden' | 'not_found';
  /** Audit log requests admitted in any 60 seconds, for each address and key; Infinity: no limit. Tines' API docs: 1,000. */
  requestsPerMinute: number;
  /** The form of `Retry-After` when over the limit. */
  retryAfter: 'seconds' | 'date' | 'none';
  /** How long every response takes, ms; a function of the request's number, if it differs. */
  latencyMs: number | ((requestNumber: number) => number);
}

/** What a simulated tenant starts with. */
export interface SimulatedTenantOptions extends Omit<Given<ServerSettings>, 'meta' | 'domain'> {
  readonly entries?: readonly TenantEntry[] | undefined;
  readonly meta?: Given<MetaStyle> | undefined;
  /** The port on 127.0.0.1; a free one unless given. */
  readonly port?: number | undefined;
  /** Epoch ms; the real clock unless given. The server's time is this plus `clockOffsetMs`. */
  readonly clock?: (() => number) | undefined;
  /** The shape of the entries that `addEntries` makes; `created_at` unless given. */
  readonly addedShape?: EntryShape | undefined;
  /** Ms of a clock that never runs backwards, for the rate limit; the real one unless given. */
  readonly monotonic?: (() => number) | undefined;
}

/** A request as the server saw it. The key isn't kept. */
export interface RequestLogLine {
  /** From 1, over all paths, in the order of arrival. */
  readonly number: number;
  /** When it arrived, epoch ms of the server. */
  readonly time: number;
  readonly path: string;
  readonly query: URLSearchParams;
  /** 0 while there is no response, or for ever if there is none. */
  status: number;
  readonly userAgent: string | undefined;
}

/** How to add new entries to a tenant. */
export interface AddOptions {
  /** How long ago they happened, ms; 0 unless given. */
  readonly ageMs?: number | undefined;
  /** A whole number; a new one for each call unless given. */
  readonly seed?: number | undefined;
}

/** A Tines tenant on 127.0.0.1 over HTTPS, for tests, benchmarks and the demo. */
export class SimulatedTenant {
  /** Host and port, as `tenant_domain` takes them. */
  readonly domain: string;
  /** The certificate to trust, PEM: for 127.0.0.1 and localhost, signed by itself. All tenants of a process share it. */
  readonly caCertificate: string;
  readonly model: TenantModel;
  readonly settings: ServerSettings;
  /** All requests, in the order of arrival. */
  readonly requests: RequestLogLine[] = [];
  readonly #server: Server;
  readonly #clock: () => number;
  readonly #monotonic: () => number;
  readonly #addedShape: EntryShape;
  readonly #arrivals: number[] = [];
  readonly #windows = new Map<string, RequestWindow>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #open = new Set<ServerResponse>();
  #mostInFlight = 0;
  #added = 0;

  /** Starts a tenant; `stop` must be called in the end. Rejects if the port is taken. */
  static async start(options: SimulatedTenantOptions = {}): Promise<SimulatedTenant> {
    const certificate = await (sharedCertificate ??= selfSignedCertificate());
    const server = createServer({ key: certificate.key, cert: certificate.cert, keepAliveTimeout: 65_000 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return new SimulatedTenant(server, certificate.cert, options);
  }

  private constructor(server: Server, caCertificate: string, options: SimulatedTenantOptions) {
    this.#server = server;
    this.#clock = options.clock ?? Date.now;
    this.#monotonic = options.monotonic ?? (() => performance.now());
    this.#addedShape = options.addedShape ?? 'created_at';
    this.caCertificate = caCertificate;
    this.domain = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.settings = serverSettings({ ...options, domain: this.domain });
    this.model = new TenantModel({ entries: options.entries, now: () => this.now() }, this.settings);
    server.on('request', (request, response) => {
      void this.#handle(request, response);
    });
  }

  /** The key that is accepted now. */
  get apiKey(): string {
    return this.settings.apiKey;
  }

  /** The server's time, epoch ms. */
  now(): number {
    return this.#clock() + this.settings.clockOffsetMs;
  }

  /**
   * Adds new entries that show at once, in one second or two up to `ageMs` ago. With an age they are late entries: their
   * ids, where they are numbers, are lower than those of entries shown before. Returns them.
   */
  addEntries(count: number, { ageMs = 0, seed = 900_000 + this.#added }: AddOptions = {}): TenantEntry[] {
    this.#added++;
    const now = this.now();
    const times = Array.from({ length: count }, (_, index) => now - ageMs - (count - index) / 1000);
    const shape = this.#addedShape;
    const ids = shape === 'created_at' ? this.model.unusedIds(ageMs > 0 ? now - ageMs : Infinity, count) : undefined;
    const entries = entriesAt({ seed, times, shape, ids, visibleAt: now });
    this.model.add(entries);
    return entries;
  }

  /** The most audit log requests within any 60 seconds so far, refused ones included. */
  maxRequestsInAnyMinute(): number {
    return maxInAnyMinute(this.#arrivals);
  }

  /** How many requests of all paths were answered with each status; 0: no response. */
  countsByStatus(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { status } of this.requests) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  /** The most requests that ever waited for their responses at the same time. */
  maxRequestsInFlight(): number {
    return this.#mostInFlight;
  }

  /** Closes all connections and the port. Requests still open get no response. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const line = this.#log(request, response);
    const limitedMs = line.path === AUDIT_LOGS_PATH ? this.#limitedFor(request) : 0;
    await this.#wait(this.#latencyOf(line));
    if (response.destroyed) return;
    response.sendDate = false;
    const refused = this.#refusalOf(request, line.path);
    line.status = sendResponse(
      limitedMs > 0 ? this.#limited(limitedMs) : this.model.respond(line.query, { ...line, refused }),
      response,
    );
    if (response.writableEnded) this.#open.delete(response);
  }

  #log(request: IncomingMessage, response: ServerResponse): RequestLogLine {
    const [path = '', ...query] = (request.url ?? '').split('?');
    const line = {
      number: this.requests.length + 1,
      time: this.now(),
      path,
      query: new URLSearchParams(query.join('?')),
      status: 0,
      userAgent: request.headers['user-agent'],
    };
    this.requests.push(line);
    this.#open.add(response);
    this.#mostInFlight = Math.max(this.#mostInFlight, this.#open.size);
    response.on('close', () => {
      this.#open.delete(response);
    });
    return line;
  }

  /** 0 if the request is within the limit, or else after how many ms one will be again. */
  #limitedFor({ socket, headers }: IncomingMessage): number {
    const now = this.#monotonic();
    this.#arrivals.push(now);
    const { requestsPerMinute } = this.settings;
    if (requestsPerMinute === Infinity) return 0;
    const sender = `${requestsPerMinute} ${socket.remoteAddress ?? ''} ${headers.authorization ?? ''}`;
    const window = this.#windows.get(sender) ?? new RequestWindow(requestsPerMinute);
    this.#windows.set(sender, window);
    return window.admit(now);
  }

  #limited(forMs: number): TenantResponse {
    const response = this.model.error(429);
    const date = this.settings.dateHeader ? { date: new Date(this.now()).toUTCString() } : {};
    return { ...response, headers: { ...response.headers, ...date, ...this.#retryAfter(forMs) } };
  }

  #retryAfter(forMs: number): Headers {
    switch (this.settings.retryAfter) {
      case 'seconds':
        return { 'retry-after': String(Math.ceil(forMs / 1000)) };
      case 'date':
        return { 'retry-after': new Date(Math.ceil((this.now() + forMs) / 1000) * 1000).toUTCString() };
      case 'none':
        return {};
    }
  }

  #latencyOf({ number }: RequestLogLine): number {
    const { latencyMs } = this.settings;
    return typeof latencyMs === 'number' ? latencyMs : latencyMs(number);
  }

  /** The status with which the request is refused because of its path or its key. */
  #refusalOf({ method, headers }: IncomingMessage, path: string): number | undefined {
    if (method !== 'GET' || (path !== INFO_PATH && path !== AUDIT_LOGS_PATH)) return 404;
    if (headers.authorization !== `Bearer ${this.settings.apiKey}`) return 401;
    if (path === INFO_PATH) return undefined;
    switch (this.settings.permission) {
      case 'granted':
        return undefined;
      case 'forbidden':
        return 403;
      case 'not_found':
        return 404;
    }
  }

  async #wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }
}

function serverSettings(options: Omit<SimulatedTenantOptions, 'domain'> & { readonly domain: string }): ServerSettings {
  const standard: ServerSettings = {
    ...tenantSettings(options),
    apiKey: 'simulated-key-0123456789',
    clockOffsetMs: 0,
    permission: 'granted',
    requestsPerMinute: Infinity,
    retryAfter: 'seconds',
    latencyMs: 0,
  };
  return settingsOf(standard, { ...options, meta: standard.meta });
}

/** Sends a response, or what its fault leaves of it. Returns the status that was sent, 0 where there was none. */
function sendResponse(response: TenantResponse, to: ServerResponse): number {
  const { status, headers, fault } = response;
  switch (fault?.kind) {
    case 'reset':
      to.socket?.destroy();
      return 0;
    case 'hang':
      return 0;
    case 'drip': {
      to.writeHead(status, headers);
      to.write(' ');
      const timer = setInterval(() => to.write(' '), fault.everyMs ?? 50);
      to.on('close', () => {
        clearInterval(timer);
      });
      return status;
    }
    case 'reset_in_body': {
      const body = bytesOf(response);
      to.writeHead(status, { ...headers, 'content-length': String(body.length) });
      to.write(body.subarray(0, fault.afterBytes ?? body.length >> 1), () => to.socket?.destroy());
      return status;
    }
    case undefined: {
      const body = bytesOf(response);
      to.writeHead(status, { ...headers, 'content-length': String(body.length) });
      to.end(body);
      return status;
    }
  }
}

/** A server's certificate and its private key, PEM. */
interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Making one takes longer than starting a tenant. */
let sharedCertificate: Promise<Certificate> | undefined;

/**
 * A new certificate for localhost and 127.0.0.1, signed by itself. Valid for a week from a day ago, because a test may
 * set clocks askew. Its key is an elliptic one, which is made in milliseconds.
 */
async function selfSignedCertificate(): Promise<Certificate> {
  const dayMs = 86_400_000;
  const made = await generate([{ name: 'commonName', value: 'Simulated Tines tenant' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: new Date(Date.now() + 7 * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
