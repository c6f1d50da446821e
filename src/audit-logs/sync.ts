import { setMaxListeners } from 'node:events';
import type { OpenRequest, ReadContext, StreamItem } from '@airbyte/cdk-typescript-compat';
import type { Config } from '../config';
import { connect, type Environment } from '../tines/connect';
import { SYNC_RETRY_LIMITS } from '@airbyte/cdk-typescript-compat/http';
import { SyncRun } from './sync-run';
import { isRefresh } from './refresh';
import { BEGINNING } from '../tines/range';
import type { SavedState } from './state';
import { STANDARD_SIZES, type WindowSizes } from './window-size';

/** What a sync is made for. */
export interface SyncOptions {
  readonly config: Config;
  readonly environment: Environment;
  readonly request: OpenRequest;
  readonly saved: SavedState | undefined;
  readonly sizes?: WindowSizes | undefined;
}

/** One sync of the audit logs: from the saved state, or the first range, to whatever is newest. */
export class Sync {
  readonly #options: SyncOptions;
  constructor(options: SyncOptions) {
    this.#options = options;
  }

  /** As a StreamReader reads. When stopped, the window that is being delivered is finished first. */
  async *read(context: ReadContext): AsyncGenerator<StreamItem, void> {
    const { config, environment, saved, sizes = STANDARD_SIZES } = this.#options;
    const ended = new AbortController();
    // Every request under way listens to it.
    setMaxListeners(0, ended.signal);
    const stop = (): void => {
      ended.abort();
    };
    context.signal.addEventListener('abort', stop, { once: true });
    const client = connect(config, environment, {
      log: context.log,
      mask: context.mask,
      retryLimits: SYNC_RETRY_LIMITS,
      onWait: (until) => {
        context.rateLimited(until);
      },
    });
    const { clock } = environment;
    const { log } = context;
    const run = new SyncRun({ config, clock, log, client, saved, sizes, signal: ended.signal });
    try {
      const from = this.#firstSecond();
      if (from === undefined) yield* run.startFromNow();
      else yield* run.readFrom(from, isRefresh(this.#options.request) && config.backfillStart === undefined);
    } catch (error) {
      // Asked to stop: what a request was interrupted with is no error.
      if (!context.signal.aborted) throw error;
    } finally {
      context.signal.removeEventListener('abort', stop);
      ended.abort();
    }
  }

  /** Epoch s; undefined: from now. */
  #firstSecond(): number | undefined {
    const { saved, config, request } = this.#options;
    if (saved !== undefined) return Math.max(BEGINNING, saved.recentFrom);
    if (config.backfillStart !== undefined) return Math.max(BEGINNING, Math.floor(config.backfillStart / 1000));
    return request.syncMode === 'full_refresh' || isRefresh(request) ? BEGINNING : undefined;
  }
}
