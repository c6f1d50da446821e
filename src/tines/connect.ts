import type { Clock, Log } from '@airbyte/cdk-typescript-compat';
import {
  BufferPool,
  bringsContent,
  createHttpClient,
  type Http,
  type HttpOptions,
  type RetryLimits,
  type ServiceNames,
  type WaitReason,
} from '@airbyte/cdk-typescript-compat/http';
import { version } from '../../package.json';
import type { Config } from '../config';
import { DEADLINE_MS, MAX_ROW_BYTES, TinesClient } from './client';
import { explainFact } from './errors';

/** What the world outside is to the connector. */
export interface Environment {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** How requests are sent: `createHttp`, or a stand-in for it. */
  readonly http: (options: HttpOptions) => Http;
  /** Collects what V8 left uncollected; nothing does unless given. */
  readonly collectGarbage?: () => void;
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
  /** Called with secrets that are not in the config, such as a proxy's password. */
  readonly mask: (secret: string) => void;
}

/** Makes the client of the configured tenant. */
export function connect(config: Config, environment: Environment, options: ConnectOptions): TinesClient {
  const { retryLimits, hasSucceeded, onWait } = options;
  const { service, settings } = tenantNames(config, { isSync: retryLimits.kind === 'outage' });
  const bodies = new BufferPool(environment.collectGarbage);
  const http = createHttpClient({
    ...tenantHttpOptions(config, options),
    service,
    settings,
    explain: explainFact,
    // Tines answers with 200; in the other successes there is no page.
    classify: ({ status }) => (status > 200 && status < 300 && !bringsContent(status) ? 'refuse' : undefined),
    // Filters name users, and bodies are entries: neither may get into the log.
    isPrivate: true,
    publicOnly: environment.cloud,
    bodies,
    requestsPerMinute: config.requestsPerMinute,
    retryLimits,
    hasSucceeded,
    onWait,
    clock: environment.clock,
    random: environment.random,
    http: environment.http,
  });
  return new TinesClient(http, config, bodies);
}

/** What users know the configured tenant and its settings by. */
export const tenantNames = ({ domain, proxyUrl }: Config, { isSync }: Pick<ServiceNames, 'isSync'>): ServiceNames => ({
  service: 'Tines',
  host: domain,
  isSync,
  settings: {
    address: 'Tenant Domain',
    credentials: 'API Key',
    caCertificate: 'CA Certificate',
    ...(proxyUrl === undefined ? {} : { proxy: 'Proxy URL' }),
  },
});

/** How the configured tenant is reached, wherever the connector runs. */
export function tenantHttpOptions(
  config: Config,
  { log, mask }: Pick<ConnectOptions, 'log' | 'mask'>,
): HttpOptions & { readonly log: Log } {
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
