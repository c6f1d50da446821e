import type { Log } from '@airbyte/cdk-typescript-compat';
import { version } from '../../package.json';
import type { Clock } from '../clock';
import type { Config } from '../config';
import { TinesClient } from './client';
import { privateAddressError } from './errors';
import type { HttpGet, HttpOptions } from './http';
import { isPublicHost, publicLookup } from './public-address';
import { RateLimiter } from './rate-limiter';
import { Retry, type RetryLimits } from './retry';

/** What the world outside is to the connector. */
export interface Environment {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** How requests are sent: `createHttpGet`, or a stand-in for it. */
  readonly http: (options: HttpOptions) => HttpGet;
  /** On Airbyte's cloud only public addresses may be reached (DEPLOYMENT_MODE=cloud). */
  readonly cloud: boolean;
}

/** What a command does with its connection. */
export interface ConnectOptions {
  readonly log: Log;
  readonly retryLimits: RetryLimits;
  /** Called when requests stand still for seconds, with the epoch ms at which they go on. */
  readonly onWait: (until: number) => void;
}

/** The longest that a whole answer may take, in ms. */
const DEADLINE_MS = 30_000;
/** No page is that large; a compressed bomb would be. In bytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Makes the client of the configured tenant. @throws ConfigError for a private address on Airbyte's cloud */
export function connect(config: Config, environment: Environment, options: ConnectOptions): TinesClient {
  const { clock, random, http, cloud } = environment;
  const { hostname } = new URL(`https://${config.domain}`);
  if (cloud && !isPublicHost(hostname)) throw privateAddressError(config.domain);
  const httpOptions: HttpOptions = {
    domain: config.domain,
    headers: {
      Authorization: `Bearer ${config.apiKey}`,
      Accept: 'application/json',
      'User-Agent': `source-tines/${version}`,
    },
    caCertificate: config.caCertificate,
    maxSockets: config.workers,
    deadlineMs: DEADLINE_MS,
    maxBodyBytes: MAX_BODY_BYTES,
    ...(cloud ? { lookup: publicLookup } : {}),
  };
  const limiter = new RateLimiter(config.requestsPerMinute, clock, random, options.onWait);
  const retry = new Retry(options.retryLimits, config.domain, limiter, clock, random, options.log);
  return new TinesClient(config.domain, config, http(httpOptions), limiter, retry, clock);
}
