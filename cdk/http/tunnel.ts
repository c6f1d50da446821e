import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { isIPv4, type Socket } from 'node:net';
import type { Proxy } from './proxy';
import { publicLookup } from './public-address';
import { parseHttpDate, parseRetryAfter } from './time-headers';
import type { TlsOptions } from './tls-options';
import { proxyConnectionError, proxyStatusError } from './transport-error';

/** How a tunnel is made. */
export interface TunnelOptions {
  readonly proxy: Proxy;
  /** For a proxy that is spoken to by TLS. */
  readonly tls: TlsOptions;
  /** Whether only a proxy in the public internet may be connected to. */
  readonly publicOnly: boolean;
  /** How long making it may take, in ms. */
  readonly deadlineMs: number;
}

/**
 * A connection through a proxy. Nothing but a 200 to CONNECT opens it, and nothing that the proxy says before is ever
 * taken for an answer of the server behind it.
 * @param host a name or an address, without brackets
 * @throws RefusedError or RetryableError, with a ProxyError inside
 */
export function openTunnel(
  host: string,
  port: number,
  { proxy, tls, publicOnly, deadlineMs }: TunnelOptions,
): Promise<Socket> {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const isTls = proxy.url.protocol === 'https:';
  const options: RequestOptions = {
    method: 'CONNECT',
    host: proxy.url.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.url.port === '' ? (isTls ? 443 : 80) : proxy.url.port,
    path: target,
    agent: false,
    ...(publicOnly ? { lookup: publicLookup } : {}),
    headers: {
      Host: target,
      Connection: 'keep-alive',
      ...(proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }),
    },
  };
  return new Promise((resolve, reject) => {
    const request = isTls
      ? tlsRequest({ ...options, ...tls, servername: serverNameOf(proxy.url) })
      : plainRequest(options);
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
      reject(proxyStatusError(response.statusCode ?? 0, retryAfterMs(response)));
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

function retryAfterMs({ headers }: IncomingMessage): number | undefined {
  return parseRetryAfter(headers['retry-after'], parseHttpDate(headers.date) ?? Date.now());
}
