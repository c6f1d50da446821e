import { readFileSync } from 'node:fs';
import { Agent, type AgentOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import {
  checkServerIdentity as checkIdentity,
  createSecureContext,
  rootCertificates,
  type SecureContext,
} from 'node:tls';
import type { HttpsProxyAgent } from 'https-proxy-agent';
import { proxyAddressError } from './error-messages';
import type * as Libraries from '../../cdk/http/transport-libraries';

/** How to connect to one tenant. */
export interface ConnectionOptions {
  /** Host and port. */
  readonly domain: string;
  /** PEM of a private authority, trusted beside the public ones. */
  readonly caCertificate: string | undefined;
  readonly maxSockets: number;
  /** The longest that a whole answer may take, in ms. */
  readonly deadlineMs: number;
  /** Replaces the system's name resolution, to refuse private addresses. */
  readonly lookup?: LookupFunction;
}

/**
 * The keep-alive agent of all requests, through the proxy of the environment where there is one: axios would open a new
 * tunnel and TLS session through it for every request.
 * @throws ConfigError when the proxy's address can't be read
 */
export function createAgent(options: ConnectionOptions, libraries: typeof Libraries): Agent | HttpsProxyAgent<string> {
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
 * Ends the making of a tunnel after the deadline. Otherwise a request that was given up leaves its tunnel waiting for as
 * long as the proxy does not answer, and that tunnel counts among the agent's sockets.
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
