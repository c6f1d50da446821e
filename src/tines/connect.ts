import {
  BufferPool,
  bringsContent,
  createHttpClient,
  type HttpClientOptions,
  type ServiceNames,
} from '@airbyte/cdk-typescript-compat/http';
import { version } from '../../package.json';
import type { Config } from '../config';
import { DEADLINE_MS, MAX_ROW_BYTES, TinesClient } from './client';
import { explainFact } from './errors';

/** What the world outside is to the connector. */
export interface Environment extends Required<Pick<HttpClientOptions, 'clock' | 'random' | 'http'>> {
  /** Collects what V8 left uncollected; nothing does unless given. */
  readonly collectGarbage?: () => void;
  /** On Airbyte's cloud only public addresses may be reached. */
  readonly cloud: boolean;
}

/** What a command does with its connection. */
export type ConnectOptions = Pick<HttpClientOptions, 'hasSucceeded'> &
  Required<Pick<HttpClientOptions, 'log' | 'mask' | 'onWait' | 'retryLimits'>>;

/** Makes the client of the configured tenant. */
export function connect(config: Config, environment: Environment, options: ConnectOptions): TinesClient {
  const { service, settings } = tenantNames(config, { isSync: options.retryLimits.kind === 'outage' });
  const { clock, random, http, cloud, collectGarbage } = environment;
  const bodies = new BufferPool(collectGarbage);
  const client = createHttpClient({
    ...tenantHttpOptions(config, options),
    ...options,
    service,
    settings,
    explain: explainFact,
    // Tines answers with 200; in the other successes there is no page.
    classify: ({ status }) => (status > 200 && status < 300 && !bringsContent(status) ? 'refuse' : undefined),
    // Filters name users, and bodies are entries: neither may get into the log.
    isPrivate: true,
    publicOnly: cloud,
    bodies,
    requestsPerMinute: config.requestsPerMinute,
    clock,
    random,
    http,
  });
  return new TinesClient(client, config, bodies);
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
export function tenantHttpOptions(config: Config, { log, mask }: Pick<ConnectOptions, 'log' | 'mask'>) {
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
