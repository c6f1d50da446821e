import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { PassThrough, type Duplex } from 'node:stream';
import {
  checkServerIdentity,
  createSecureContext,
  rootCertificates,
  type PeerCertificate,
  type SecureContext,
} from 'node:tls';
import { PrivateAddressError, ProxyError, UnencryptedUrlError } from './errors';
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
  /**
   * Refuses every address outside of the public internet, also through a proxy. A proxy of the user's must lie there, too;
   * one of the environment's may lie anywhere.
   */
  readonly publicOnly?: boolean;
}

/** What makes connections. */
export interface Connections {
  readonly agent: HttpAgent;
  /** Whether each goes through a proxy. */
  readonly areTunnels: boolean;
}

/**
 * Makes the keep-alive agent of all requests, through a proxy where there is one: each connection keeps its tunnel and its
 * TLS session. Certificates are always verified, whatever the environment says.
 * @throws UnencryptedUrlError, ProxyError when the proxy's address can't be read, PrivateAddressError
 */
export async function createAgent(options: ConnectionOptions): Promise<Connections> {
  const origin = new URL(options.baseUrl);
  const isTls = origin.protocol === 'https:';
  if (!isTls && options.allowHttp !== true) throw new UnencryptedUrlError(origin.host);
  if (options.publicOnly === true && !isPublicHost(origin.hostname)) throw new PrivateAddressError();
  const proxy = await proxyFor(origin, options);
  const isProxyPublicOnly = options.publicOnly === true && proxy?.isUsers === true;
  if (isProxyPublicOnly && !isPublicHost(proxy.url.hostname)) throw new ProxyError({ type: 'private_address' });
  const tls = tlsOptions(options.caCertificate);
  const agentOptions: AgentOptions = { ...tls, keepAlive: true, maxSockets: options.maxSockets };
  if (proxy === undefined) {
    const direct = { ...agentOptions, ...(options.publicOnly === true ? { lookup: publicLookup } : {}) };
    return { agent: isTls ? new HttpsAgent(direct) : new HttpAgent(direct), areTunnels: false };
  }
  const open: Open = async ({ host, port }) => {
    const name = host ?? origin.hostname;
    if (options.publicOnly === true) await assertPublicHost(name);
    return openTunnel(name, Number(port ?? (isTls ? 443 : 80)), {
      proxy,
      tls,
      publicOnly: isProxyPublicOnly,
      deadlineMs: options.deadlineMs,
    });
  };
  const agent = isTls ? new TunnelingHttpsAgent(agentOptions, open) : new TunnelingHttpAgent(agentOptions, open);
  return { agent, areTunnels: true };
}

type Open = (target: ClientRequestArgs) => Promise<Socket>;
type OnCreate = (error: Error | null, stream: Duplex) => void;

/** Speaks HTTP through tunnels. */
class TunnelingHttpAgent extends HttpAgent {
  readonly #open: Open;

  constructor(options: AgentOptions, open: Open) {
    super(options);
    this.#open = open;
  }

  override createConnection(options: ClientRequestArgs, onCreate?: OnCreate): undefined {
    void handOver(this.#open(options), onCreate);
  }
}

/** Speaks HTTPS through tunnels: TLS is between this end and the server, and the proxy sees none of it. */
class TunnelingHttpsAgent extends HttpsAgent {
  readonly #open: Open;

  constructor(options: AgentOptions, open: Open) {
    super(options);
    this.#open = open;
  }

  override createConnection(options: RequestOptions, onCreate?: OnCreate): undefined {
    const secured = this.#open(options).then((socket) => {
      const inTunnel = { ...options, socket };
      return super.createConnection(inTunnel) ?? socket.destroy();
    });
    void handOver(secured, onCreate);
  }
}

async function handOver(opened: Promise<Duplex>, onCreate: OnCreate | undefined): Promise<void> {
  await opened.then(
    (stream) => {
      onCreate?.(null, stream);
    },
    (error: unknown) => {
      // With an error Node ignores the stream, but its type requires one.
      onCreate?.(error instanceof Error ? error : new Error('no tunnel'), new PassThrough());
    },
  );
}

/** How TLS is spoken, to servers and to proxies: no setting and no variable of the environment makes it weaker. */
export interface TlsOptions {
  /** One for all connections: given as a list, the authorities would be parsed for each. */
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: true;
  readonly minVersion: 'TLSv1.2';
  readonly checkServerIdentity: typeof checkServerIdentity;
}

const MIN_VERSION = 'TLSv1.2';

/**
 * Makes the options of all TLS connections.
 * @param caCertificate PEM of what is trusted in addition to the authorities that are trusted anyway, NODE_EXTRA_CA_CERTS
 *   included: the certificate of an authority, of one between a root and the server, or the server's own
 */
export function tlsOptions(caCertificate: string | undefined): TlsOptions {
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
    checkServerIdentity: (host, certificate) => checkServerIdentity(host, withoutCommonName(certificate)),
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
