import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions } from 'node:https';
import type { Socket } from 'node:net';
import { PassThrough, type Duplex } from 'node:stream';
import { checkServerIdentity, createSecureContext, rootCertificates } from 'node:tls';
import type { PeerCertificate, SecureVersion } from 'node:tls';
import { PrivateAddressError, UnencryptedUrlError } from './errors';
import { proxyFor, type ProxyOptions, openTunnel } from './proxy';
import { assertPublicHost, isPublicHost, publicLookup } from './public-address';

/** How to connect to one server. */
export interface ConnectionOptions extends ProxyOptions {
  /** `https://host`, with a port or a path where there is one. */
  readonly baseUrl: string;
  /** Whether `http://` may be used, which sends credentials unencrypted; no unless given. */
  readonly allowHttp?: boolean;
  /** PEM of a private authority, or of the server itself, trusted in addition to the public authorities. */
  readonly caCertificate?: string | undefined;
  readonly maxSockets: number;
  /** The longest that a whole response may take, in ms. */
  readonly deadlineMs: number;
}

/**
 * Makes the keep-alive agent of all requests, through a proxy where there is one: each connection keeps its tunnel and its
 * TLS session. Certificates are always verified, whatever the environment says.
 * @returns `areTunnels`: whether each connection goes through a proxy
 * @throws UnencryptedUrlError, ProxyError when the proxy's address can't be read, PrivateAddressError
 */
export async function createAgent(options: ConnectionOptions): Promise<{ agent: HttpAgent; areTunnels: boolean }> {
  const { maxSockets, deadlineMs, publicOnly = false } = options;
  const origin = new URL(options.baseUrl);
  const isTls = origin.protocol === 'https:';
  if (!isTls && options.allowHttp !== true) throw new UnencryptedUrlError(origin.host);
  if (publicOnly && !isPublicHost(origin.hostname)) throw new PrivateAddressError();
  const proxy = await proxyFor(origin, options);
  const tls = tlsOptions(options.caCertificate);
  const lookup = publicOnly && proxy === undefined ? { lookup: publicLookup } : {};
  const agentOptions: AgentOptions = { ...tls, ...lookup, keepAlive: true, maxSockets };
  const agent = isTls ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  if (proxy === undefined) return { agent, areTunnels: false };
  const open: Open = async ({ host, port }) => {
    const name = host ?? origin.hostname;
    if (publicOnly) await assertPublicHost(name);
    return openTunnel(name, Number(port ?? (isTls ? 443 : 80)), { proxy, tls, deadlineMs });
  };
  connectThrough(agent, open);
  return { agent, areTunnels: true };
}

type Open = (target: ClientRequestArgs) => Promise<Socket>;

/** Makes an agent connect through tunnels. TLS is between this end and the server: the proxy sees none of it. */
function connectThrough(agent: HttpAgent, open: Open): void {
  const connect = agent.createConnection.bind(agent);
  const openFor = async (options: ClientRequestArgs): Promise<Duplex> => {
    const socket = await open(options);
    if (!(agent instanceof HttpsAgent)) return socket;
    const inTunnel = { ...options, socket };
    return connect(inTunnel) ?? socket.destroy();
  };
  agent.createConnection = (options, onCreate) => {
    openFor(options).then(
      (stream) => onCreate?.(null, stream),
      // With an error Node ignores the stream, but its type requires one.
      (error: unknown) => onCreate?.(error instanceof Error ? error : new Error('no tunnel'), new PassThrough()),
    );
    return undefined;
  };
}

/** How TLS is spoken, to servers and to proxies: no setting and no variable of the environment makes it weaker. */
export type TlsOptions = ReturnType<typeof tlsOptions>;

const MIN_VERSION: SecureVersion = 'TLSv1.2';

/**
 * Makes the options of all TLS connections.
 * @param caCertificate PEM of what is trusted in addition to the authorities that are trusted anyway, NODE_EXTRA_CA_CERTS
 *   included: the certificate of an authority, of one between a root and the server, or the server's own
 */
export function tlsOptions(caCertificate: string | undefined) {
  // One for all connections: given as a list, the authorities would be parsed for each.
  const secureContext = createSecureContext({
    minVersion: MIN_VERSION,
    // Node's own list: the default one can be changed by --tls-cipher-list, also in NODE_OPTIONS.
    ciphers: constants.defaultCoreCipherList,
    ...(caCertificate === undefined ? {} : trusting(caCertificate)),
  });
  return {
    secureContext,
    rejectUnauthorized: true,
    minVersion: MIN_VERSION,
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      checkServerIdentity(host, withoutCommonName(certificate)),
  };
}

const trusting = (caCertificate: string) => ({
  allowPartialTrustChain: true,
  ca: [...rootCertificates, ...extraCertificates(), caCertificate],
});

/** Names count as subjectAltName alone (RFC 9525, 2): Node would take a common name where there are none. */
function withoutCommonName(certificate: PeerCertificate): PeerCertificate {
  return { ...certificate, subject: { ...certificate.subject, CN: '' } };
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
