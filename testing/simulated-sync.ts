import type {
  AirbyteMessage,
  JsonObject,
  Stream,
  StreamItem,
  StreamReader,
  SyncMode,
} from '@airbyte/cdk-typescript-compat';
import { runSource, type SourceRun, type VirtualClock } from '@airbyte/cdk-typescript-compat/testing';
import { AUDIT_LOGS_PATH, type TenantResponse } from '../simulated-tenant/tenant-faults';
import type { TenantModel } from '../simulated-tenant/tenant-model';
import { auditLogsStream } from '../src/audit-logs/stream';
import type { WindowSizes } from '../src/audit-logs/windows';
import type { Config } from '../src/config';
import { SourceTines } from '../src/source-tines';
import type { Environment } from '../src/tines/connect';
import { tenantHttp } from './tenant-client';

/** One sync of the simulated tenant in this process: the real program, but for network and time. */
export interface SimulatedSync {
  readonly model: TenantModel;
  readonly clock: VirtualClock;
  readonly config?: JsonObject;
  readonly state?: JsonObject | undefined;
  readonly syncMode?: SyncMode;
  /** Of the configured catalog: `generation_id`, `minimum_generation_id`, `sync_id`. */
  readonly generations?: JsonObject;
  /** Smaller than in life, so that small tenants have many pages and windows. */
  readonly sizes?: WindowSizes | undefined;
  /** How long a request takes, in ms; 100 unless given. Requests are numbered from 1. */
  readonly latency?: (request: number) => number;
  /** Asks the program to stop when it has sent so many requests. */
  readonly stopAtRequest?: number;
  /** Sees each query as it is answered. */
  readonly onQuery?: (query: URLSearchParams) => void;
  /** Sees each answer of the audit logs, with the request's number, as it arrives; not those that don't. */
  readonly onResponse?: (answer: TenantResponse, request: number, query: URLSearchParams) => void;
  /** Sees each message as it is written. */
  readonly onMessage?: (message: AirbyteMessage) => void;
  /** Called at each checkpoint that is yielded, written or not, with how many records came before it. */
  readonly onCheckpoint?: (records: number) => void;
  /** 0 to 1; 0.5 unless given. */
  readonly random?: () => number;
}

/** The catalog with the one stream. */
export const catalogOf = (syncMode: SyncMode, generations: JsonObject = {}): JsonObject => ({
  streams: [{ stream: { name: 'audit_logs' }, sync_mode: syncMode, destination_sync_mode: 'append', ...generations }],
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
    random: options.random ?? (() => 0.5),
    cloud: false,
    http: () =>
      tenantHttp(options.model, {
        clock: options.clock,
        latencyMs: options.latency ?? (() => 100),
        onSent: (number) => {
          if (number === options.stopAtRequest) stop.abort();
        },
        onRequest: ({ query }) => options.onQuery?.(query),
        onResponse: (response, { number, path, query }) => {
          if (path === AUDIT_LOGS_PATH) options.onResponse?.(response, number, query);
        },
      }),
  };
  return runSource(new SmallSource(environment, options), ['read'], {
    config: { tenant_domain: 'simulated.tines.example', api_key: 'key-of-the-simulation', ...options.config },
    catalog: catalogOf(options.syncMode ?? 'incremental', options.generations),
    ...(options.state === undefined ? {} : { state: stateFileOf(options.state) }),
    now: () => options.clock.now(),
    after: (ms, callback) => afterOn(options.clock, ms, callback),
    signal: stop.signal,
    ...(options.onMessage === undefined ? {} : { onMessage: options.onMessage }),
  });
}

/** A timer on a clock that is not the machine's. `ms`: until it calls back. @returns a function that cancels it */
export function afterOn(clock: VirtualClock, ms: number, callback: () => void): () => void {
  const cancelled = new AbortController();
  clock.sleep(ms, cancelled.signal).then(callback, () => undefined);
  return () => {
    cancelled.abort();
  };
}

/** Reads in pages and windows of another size. */
class SmallSource extends SourceTines {
  readonly #world: Environment;
  readonly #sizes: WindowSizes | undefined;
  readonly #onCheckpoint: (records: number) => void;

  constructor(world: Environment, { sizes, onCheckpoint = () => undefined }: SimulatedSync) {
    super(world);
    this.#world = world;
    this.#sizes = sizes;
    this.#onCheckpoint = onCheckpoint;
  }

  override streams(config: Config): Promise<readonly Stream[]> {
    const stream = auditLogsStream(config, this.#world, this.#sizes);
    const open: Stream['open'] = (request) => {
      const reader = stream.open(request);
      return (context) => watched(reader(context), this.#onCheckpoint);
    };
    return Promise.resolve([{ descriptor: stream.descriptor, open }]);
  }
}

async function* watched(
  items: ReturnType<StreamReader>,
  onCheckpoint: (records: number) => void,
): AsyncGenerator<StreamItem, void> {
  let count = 0;
  for await (const item of items) {
    if ('records' in item) count += 'ends' in item.records ? item.records.ends.length : item.records.length;
    if ('checkpoint' in item) onCheckpoint(count);
    yield item;
  }
}
