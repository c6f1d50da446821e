import type { Clock, Log } from '@airbyte/cdk-typescript-compat';
import { isPublicHost, publicLookup, RateLimiter } from '@airbyte/cdk-typescript-compat/http';
import { version } from '../../package.json';
import type { Config } from '../config';
import { DEADLINE_MS, MAX_ROW_BYTES, TinesClient } from './client';
import { privateAddressError } from './error-messages';
import type { HttpGet, HttpOptions } from './http';
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
    maxBodyBytes: MAX_ROW_BYTES,
    ...(cloud ? { lookup: publicLookup } : {}),
  };
  const { requestsPerMinute, domain } = config;
  const { log, onWait, retryLimits: limits } = options;
  const limiter = new RateLimiter({ requestsPerMinute, clock, random, onWait });
  const pausedMs = (): number => limiter.pausedMs();
  const retry = new Retry({ limits, domain, clock, random, log, pausedMs });
  return new TinesClient({ domain, filters: config, http: http(httpOptions), limiter, retry, clock });
}
