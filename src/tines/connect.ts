import type { Clock, Log } from '@airbyte/cdk-typescript-compat';
import {
  allowanceWaitMs,
  BufferPool,
  RateLimiter,
  Retry,
  type HttpGet,
  type HttpOptions,
  type RetryLimits,
  type WaitReason,
} from '@airbyte/cdk-typescript-compat/http';
import { version } from '../../package.json';
import type { Config } from '../config';
import { DEADLINE_MS, MAX_ROW_BYTES, TinesClient } from './client';
import type { TenantNames } from './error-messages';

/** What the world outside is to the connector. */
export interface Environment {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** How requests are sent: `createHttpGet`, or a stand-in for it. */
  readonly http: (options: HttpOptions) => HttpGet;
  /** Collects V8's young generation; nothing does unless given. */
  readonly collectYoung?: () => void;
  /** On Airbyte's cloud only public addresses may be reached. */
  readonly cloud: boolean;
}

/** What a command does with its connection. */
export interface ConnectOptions {
  readonly log: Log;
  readonly retryLimits: RetryLimits;
  /**
   * Whether a request to this tenant has succeeded in an earlier run, so that one refusal may be a passing fault; no unless
   * given.
   */
  readonly hasSucceeded?: boolean;
  /** Called when requests stand still for seconds, with the epoch ms at which they go on. */
  readonly onWait: (until: number, reason: WaitReason) => void;
  /** Told of secrets that are not in the config, such as a proxy's password. */
  readonly mask: (secret: string) => void;
}

/** Makes the client of the configured tenant. */
export function connect(config: Config, environment: Environment, options: ConnectOptions): TinesClient {
  const { clock, random, http, cloud } = environment;
  const { requestsPerMinute } = config;
  const { log, onWait, retryLimits: limits, hasSucceeded } = options;
  const bodies = new BufferPool(environment.collectYoung);
  const httpOptions: HttpOptions = { ...tenantHttpOptions(config, options), publicOnly: cloud, bodies };
  const limiter = new RateLimiter({ requestsPerMinute, clock, random, onWait, maxWaitMs: allowanceWaitMs(limits) });
  const retry = new Retry({ limits, clock, random, log, pausedMs: () => limiter.pausedMs(), hasSucceeded });
  const tenant = tenantNames(config, { isSync: limits.kind === 'outage' });
  return new TinesClient({ tenant, filters: config, http: http(httpOptions), bodies, limiter, retry, clock });
}

/** What messages name the configured tenant by. */
export const tenantNames = ({ domain, proxyUrl }: Config, { isSync }: Pick<TenantNames, 'isSync'>): TenantNames => ({
  domain,
  isSync,
  hasProxySetting: proxyUrl !== undefined,
});

/** How the configured tenant is reached, wherever the connector runs. */
export function tenantHttpOptions(config: Config, { log, mask }: Pick<ConnectOptions, 'log' | 'mask'>): HttpOptions {
  return {
    baseUrl: `https://${config.domain}`,
    headers: {
      Authorization: `Bearer ${config.apiKey}`,
      Accept: 'application/json',
      'User-Agent': `source-tines/${version}`,
    },
    caCertificate: config.caCertificate,
    proxyUrl: config.proxyUrl,
    maxSockets: config.workers,
    deadlineMs: DEADLINE_MS,
    maxBodyBytes: MAX_ROW_BYTES,
    log,
    mask,
  };
}
