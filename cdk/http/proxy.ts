import { request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIPv4, type Socket } from 'node:net';
import { ProxyError } from './errors';
import { isPublicHost, publicLookup } from './public-address';
import { parseHttpDate, parseRetryAfter } from './retry-limits';
import type { TlsOptions } from './agent';
import { proxyConnectionError, proxyStatusError } from './send';

/** A proxy that opens tunnels. */
export interface Proxy {
  /** `http:` or `https:`, without credentials. */
  readonly url: URL;
  /** The header Proxy-Authorization, where it wants credentials. */
  readonly authorization: string | undefined;
  /** Whether it must lie in the public internet: a user has chosen it, and not the operator of the platform. */
  readonly publicOnly: boolean;
}

/** Where a proxy is found, and who has to know its credentials. */
export interface ProxyOptions {
  /** A setting of the user's. Outweighs the environment's HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY. */
  readonly proxyUrl?: string | undefined;
  /** Called with every credential, so that it never gets into the log. */
  readonly mask?: ((secret: string) => void) | undefined;
  /** Refuses every address, and every proxy of the user's (not of the environment), outside of the public internet. */
  readonly publicOnly?: boolean;
}

const SCHEME_ALONE = /^https?:\/{0,2}$/i;

/** The proxy for an origin, if there is one. @throws ProxyError without the address, which can hold a password */
export async function proxyFor(origin: URL, options: ProxyOptions): Promise<Proxy | undefined> {
  const address = options.proxyUrl ?? (await proxyOfEnvironment(origin));
  if (address === '') return undefined;
  const read = readProxyUrl(address);
  if (read === undefined) {
    // A scheme alone is no secret, and stands in the message.
    if (!SCHEME_ALONE.test(address)) options.mask?.(address);
    throw new ProxyError({ type: 'address' });
  }
  const { url, credentials } = read;
  const authorization = credentials === ':' ? undefined : Buffer.from(credentials).toString('base64');
  for (const secret of [url.password, credentials.slice(credentials.indexOf(':') + 1), authorization ?? '']) {
    if (secret !== '') options.mask?.(secret);
  }
  const publicOnly = options.publicOnly === true && options.proxyUrl !== undefined;
  if (publicOnly && !isPublicHost(url.hostname)) throw new ProxyError({ type: 'private_address' });
  return {
    url: new URL(`${url.protocol}//${url.host}`),
    authorization: authorization === undefined ? undefined : `Basic ${authorization}`,
    publicOnly,
  };
}

/**
 * Reads a proxy's address, `http://user:password@host:port` or the same with https.
 * @returns `credentials`: `user:password`, `:` where there are none; undefined where the address can't be read
 */
export function readProxyUrl(address: string): { readonly url: URL; readonly credentials: string } | undefined {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  try {
    return { url, credentials: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` };
  } catch {
    // They are wrongly escaped.
    return undefined;
  }
}

/**
 * The library is loaded here: a source that sends no request need not have it. An address without a scheme, to which it puts that
 * of the origin, is that of an HTTP proxy, as it is for curl (https://curl.se/libcurl/c/CURLOPT_PROXY.html).
 */
async function proxyOfEnvironment(origin: URL): Promise<string> {
  const { getProxyForUrl } = await import('proxy-from-env');
  const address = getProxyForUrl(origin.origin);
  if (Object.values(process.env).includes(address)) return address;
  const typed = address.replace(/^https?:\/\//, '');
  // A scheme alone, such as `http:`, is no host of that name: it is refused as it was typed.
  return typed === '' || /:\/?$/.test(typed) ? typed : `http://${typed}`;
}

interface TunnelOptions {
  readonly proxy: Proxy;
  readonly tls: TlsOptions;
  readonly deadlineMs: number;
}

/**
 * A connection through a proxy. Nothing but a 200 to CONNECT opens it, and nothing that the proxy says before is ever
 * taken for a response of the server that it leads to.
 * @param host a name or an address, without brackets
 * @param options `tls` for a proxy that is spoken to by TLS; `deadlineMs`, how long making the tunnel may take, in ms
 * @throws RefusedError or RetryableError, with a ProxyError inside
 */
export function openTunnel(host: string, port: number, options: TunnelOptions): Promise<Socket> {
  const { proxy, tls, deadlineMs } = options;
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isTls = proxy.url.protocol === 'https:';
  const connect: RequestOptions = {
    method: 'CONNECT',
    host: proxy.url.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.url.port === '' ? (isTls ? 443 : 80) : proxy.url.port,
    path: target,
    agent: false,
    ...(proxy.publicOnly ? { lookup: publicLookup } : {}),
    headers: {
      Host: target,
      Connection: 'keep-alive',
      ...(proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }),
    },
  };
  return new Promise((resolve, reject) => {
    const request = isTls
      ? tlsRequest({ ...connect, ...tls, servername: serverNameOf(proxy.url) })
      : plainRequest(connect);
    // A request that is given up leaves the making of its tunnel alone.
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error('no tunnel in time'), { code: 'ETIMEDOUT' })),
      deadlineMs,
    );
    request.on('connect', (response, socket, head) => {
      clearTimeout(timer);
      if (response.statusCode === 200 && head.length === 0) {
        resolve(socket);
        return;
      }
      socket.on('error', () => undefined).destroy();
      const { statusCode = 0, headers } = response;
      const now = parseHttpDate(headers.date) ?? Date.now();
      reject(proxyStatusError(statusCode, parseRetryAfter(headers['retry-after'], now)));
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(proxyConnectionError(error));
    });
    request.end();
  });
}

/** The proxy proves its own name: Node would take that of the header Host, which is the server's after it. */
const serverNameOf = ({ hostname }: URL): string => (hostname.startsWith('[') || isIPv4(hostname) ? '' : hostname);
