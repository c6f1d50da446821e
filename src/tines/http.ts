import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Agent, type AgentOptions } from 'node:https';
import { readFileSync } from 'node:fs';
import {
  checkServerIdentity as checkIdentity,
  createSecureContext,
  rootCertificates,
  type SecureContext,
} from 'node:tls';
import type { AxiosInstance } from 'axios';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { BodyStore, BodyTooLargeError, type StoredBody } from './body-store';
import { certificateError, PageTooHeavyError, privateAddressError, proxyAddressError, TransientError } from './errors';
import { PRIVATE_ADDRESS } from './public-address';
import type * as Libraries from './transport-libraries';

/** An answer, whatever its status. Header names are in lower case. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: StoredBody;
}

/**
 * Sends one GET to the tenant and reads the whole answer.
 * @param target path with query, beginning with a slash
 * @throws TransientError when there was no whole answer, PageTooHeavyError when it was larger than allowed,
 *   ConfigError when the certificate can't be trusted
 */
export type HttpGet = (target: string, signal: AbortSignal) => Promise<HttpResponse>;

/** How to reach one tenant. */
export interface HttpOptions {
  /** Host and port. */
  readonly domain: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of a private authority, trusted beside the public ones. */
  readonly caCertificate: string | undefined;
  readonly maxSockets: number;
  /** The longest that a whole answer may take, in ms. */
  readonly deadlineMs: number;
  /** The largest body that is accepted, in bytes after decompression. */
  readonly maxBodyBytes: number;
  /** Replaces the system's name resolution, to refuse private addresses. */
  readonly lookup?: LookupFunction;
}

/**
 * The only place that talks HTTP. One origin, https, no redirects: the key never goes to another host. axios is
 * loaded with the first request, so that commands without one start fast.
 */
export function createHttpGet(options: HttpOptions): HttpGet {
  let client: Promise<AxiosInstance> | undefined;
  const bodies = new BodyStore();
  return async (target, signal) => {
    client ??= createAxios(options);
    return get(await client, bodies, options, target, signal);
  };
}

async function createAxios(options: HttpOptions): Promise<AxiosInstance> {
  const libraries = await import('./transport-libraries');
  return libraries.axios.create({
    baseURL: `https://${options.domain}`,
    allowAbsoluteUrls: false,
    headers: { ...options.headers },
    httpsAgent: createAgent(options, libraries),
    proxy: false,
    maxRedirects: 0,
    responseType: 'stream',
    validateStatus: () => true,
  });
}

/** axios would open a new tunnel and TLS session through a proxy for every request: the agent keeps them. */
function createAgent(options: HttpOptions, libraries: typeof Libraries): Agent | HttpsProxyAgent<string> {
  const agentOptions: AgentOptions = { keepAlive: true, maxSockets: options.maxSockets };
  if (options.lookup !== undefined) agentOptions.lookup = options.lookup;
  // One context for all connections: given as a list, the authorities would be parsed for each, and compared for each
  // request.
  if (options.caCertificate !== undefined) agentOptions.secureContext = contextTrusting(options.caCertificate);
  const proxy = libraries.getProxyForUrl(`https://${options.domain}`);
  if (proxy === '') return new Agent(agentOptions);
  if (!isProxyAddress(proxy)) throw proxyAddressError();
  const agent = new libraries.HttpsProxyAgent(proxy, agentOptions);
  endLateTunnels(agent, options.deadlineMs);
  // It forgets the options that the TLS session inside of the tunnel needs, and checks an address as if it were
  // localhost.
  const hostname = new URL(`https://${options.domain}`).hostname.replace(/^\[|\]$/g, '');
  const checkServerIdentity: AgentOptions['checkServerIdentity'] = (_, certificate) =>
    checkIdentity(hostname, certificate);
  Object.assign(agent.options, agentOptions, { checkServerIdentity });
  return agent;
}

/** The agent would throw on the first request, in the middle of connecting. */
function isProxyAddress(proxy: string): boolean {
  try {
    const { username, password } = new URL(proxy);
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}

/**
 * A request that is given up leaves the tunnel that is being made for it open, for as long as the proxy does not answer,
 * and that tunnel one of the agent's places taken.
 */
function endLateTunnels(agent: HttpsProxyAgent<string>, deadlineMs: number): void {
  const connect = agent.connect.bind(agent);
  const { connectOpts } = agent;
  agent.connect = async (request, given) => {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
    }, deadlineMs);
    // Read before the first await. net.connect() knows `signal`, its type for TLS does not.
    agent.connectOpts = Object.assign({}, connectOpts, { signal: late.signal });
    try {
      return await connect(request, given);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Trusts an authority beside those that are trusted anyway, NODE_EXTRA_CA_CERTS included. */
function contextTrusting(caCertificate: string): SecureContext {
  return createSecureContext({ ca: [...rootCertificates, ...extraCertificates(), caCertificate] });
}

/** Node adds these only where no other authority is named. What can't be read, Node has warned of already. */
function extraCertificates(): string[] {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  if (file === undefined || file === '') return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    return [];
  }
}

async function get(
  client: AxiosInstance,
  bodies: BodyStore,
  options: HttpOptions,
  target: string,
  signal: AbortSignal,
): Promise<HttpResponse> {
  // axios' own timeout is no deadline, and AbortSignal.any() with AbortSignal.timeout() never fires on Node 20.
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort(signal.reason);
  };
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, options.deadlineMs);
  try {
    const { status, headers: given, data } = await client.get<Readable>(target, { signal: controller.signal });
    const headers = plainHeaders(given);
    // Compressed bodies are longer than they say: no matter, the place grows.
    const expected = Number(headers['content-length'] ?? 0);
    return { status, headers, body: await bodies.receive(data, expected, options.maxBodyBytes) };
  } catch (error) {
    signal.throwIfAborted();
    throw transportError(error, options, timedOut);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function plainHeaders(headers: object): Readonly<Record<string, string | undefined>> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') plain[name.toLowerCase()] = value;
  }
  return plain;
}

/** Copies what is safe: an AxiosError holds the headers and so the key, and never leaves this file. */
function transportError(error: unknown, options: HttpOptions, timedOut: boolean): Error {
  // A fault of the program is not to be tried again for ten minutes.
  if (error instanceof TypeError || error instanceof RangeError) return error;
  if (timedOut) return new TransientError(`no whole answer within ${options.deadlineMs / 1000} s`, { timedOut: true });
  if (error instanceof BodyTooLargeError) {
    return new PageTooHeavyError(`an answer was larger than ${error.most} bytes`, { cause: error });
  }
  const { code, message } = describe(error);
  const cause = new Error(`${code}: ${message}`);
  if (code === PRIVATE_ADDRESS) return privateAddressError(options.domain);
  if (CERTIFICATE_CODES.has(code)) return certificateError(options.domain, code, cause);
  return new TransientError(`the connection failed (${code})`, { cause });
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN', message: 'unknown' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { code, message: error.message };
}

/** What Node says of a certificate that can't be trusted: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_REJECTED',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
