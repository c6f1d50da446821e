import type { JsonObject, Stream, SyncMode } from '@airbyte/cdk-typescript-compat';
import { runSource, type SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import type { TenantModel } from '../../simulated-tenant/tenant-model';
import { AuditLogsStream } from '../audit-logs/stream';
import type { ReadingSizes } from '../audit-logs/window-reader';
import type { Config } from '../config';
import { SourceTines } from '../source-tines';
import type { Environment } from '../tines/connect';
import { PageTooHeavyError, TransientError } from '../tines/errors';
import type { HttpResponse } from '../tines/http';
import type { VirtualClock } from './virtual-clock';

/** What a request meets before the tenant answers: a change of the tenant, or a fault instead of an answer. */
export type Happening =
  | { readonly kind: 'change'; readonly change: () => void }
  | { readonly kind: 'reset' }
  | { readonly kind: 'cut' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string };

/** One sync of the simulated tenant in this process: the real program, but for network and time. */
export interface SimulatedSync {
  readonly model: TenantModel;
  readonly clock: VirtualClock;
  readonly config?: JsonObject;
  readonly state?: JsonObject | undefined;
  readonly syncMode?: SyncMode;
  /** Smaller than in life, so that small tenants have many pages and windows. */
  readonly sizes?: ReadingSizes;
  /** How long a request takes, in ms. */
  readonly latency?: (request: number) => number;
  /** Requests are numbered from 1. */
  readonly happens?: (request: number, query: URLSearchParams) => Happening | undefined;
  /** Asks the program to stop when it has sent so many requests. */
  readonly stopAtRequest?: number;
  /** Sees each query as it is sent. */
  readonly onQuery?: (query: URLSearchParams) => void;
}

/** Of a real request, in ms. */
const DEADLINE_MS = 30_000;

/** The catalog with the one stream. */
export const catalogOf = (syncMode: SyncMode): JsonObject => ({
  streams: [{ stream: { name: 'audit_logs' }, sync_mode: syncMode, destination_sync_mode: 'append' }],
});

/** The state file that the platform would write of a stream state. */
export const stateFileOf = (state: JsonObject): JsonObject[] => [
  { type: 'STREAM', stream: { stream_descriptor: { name: 'audit_logs' }, stream_state: state } },
];

/** Runs it to its end. */
export async function simulateSync(options: SimulatedSync): Promise<SourceRun> {
  const stop = new AbortController();
  const environment: Environment = {
    clock: options.clock,
    random: () => 0.5,
    cloud: false,
    http: () => simulatedHttp(options, stop),
  };
  return runSource(new SmallSource(environment, options.sizes), ['read'], {
    config: { tenant_domain: 'simulated.tines.example', api_key: 'key-of-the-simulation', ...options.config },
    catalog: catalogOf(options.syncMode ?? 'incremental'),
    ...(options.state === undefined ? {} : { state: stateFileOf(options.state) }),
    now: () => options.clock.now(),
    signal: stop.signal,
  });
}

/** Reads in pages and windows of another size. */
class SmallSource extends SourceTines {
  constructor(
    private readonly world: Environment,
    private readonly sizes: ReadingSizes | undefined,
  ) {
    super(world);
  }

  override streams(config: Config): Promise<readonly Stream[]> {
    return Promise.resolve([new AuditLogsStream(config, this.world, this.sizes)]);
  }
}

function simulatedHttp(options: SimulatedSync, stop: AbortController) {
  let requests = 0;
  return async (target: string, signal: AbortSignal): Promise<HttpResponse> => {
    requests += 1;
    const request = requests;
    if (request === options.stopAtRequest) stop.abort();
    await options.clock.sleep(options.latency?.(request) ?? 100, signal);
    const query = new URL(target, 'https://simulated.tines.example').searchParams;
    const happening = options.happens?.(request, query);
    options.onQuery?.(query);
    switch (happening?.kind) {
      case 'reset':
        throw new TransientError('the connection failed (ECONNRESET)');
      case 'timeout':
        await options.clock.sleep(DEADLINE_MS, signal);
        throw new TransientError('no whole answer within 30 s', { timedOut: true });
      case 'too_large':
        throw new PageTooHeavyError('an answer was larger than 67108864 bytes');
      case 'status':
        return answer(options, happening.status, '', happening.retryAfter);
      case 'cut': {
        const body = options.model.pageBody(query);
        return answer(options, 200, body.slice(0, body.length >> 1));
      }
      case 'change':
        happening.change();
        break;
      case undefined:
        break;
    }
    return answer(options, 200, options.model.pageBody(query));
  };
}

function answer(options: SimulatedSync, status: number, body: string, retryAfter?: string): HttpResponse {
  const headers = { date: new Date(options.clock.now()).toUTCString(), 'retry-after': retryAfter };
  return { status, headers, body: { bytes: Buffer.from(body), free: () => undefined } };
}
