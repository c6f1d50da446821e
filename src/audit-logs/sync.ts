import { setMaxListeners } from 'node:events';
import type { CommandContext, StreamOutput, StreamReader, SyncMode } from '@airbyte/cdk-typescript-compat';
import type { Config } from '../config';
import { connect, type Environment } from '../tines/connect';
import type { Page, TinesClient } from '../tines/client';
import { SYNC_RETRY_LIMITS } from '../tines/retry';
import { AscendingCursor } from './ascending-cursor';
import { DenseSecondReader } from './dense-second';
import { toEntry, type DatedEntry } from './entry';
import { HeartbeatOutput } from './heartbeat';
import { withLighterPages } from './lighter-pages';
import { Notices } from './notices';
import { PageSource } from './page-source';
import { Progress } from './progress';
import { ReadAhead } from './read-ahead';
import { toRecord } from './record';
import { RepetitionGuard } from './repetition-guard';
import { configFingerprint, formatState, type SavedState } from './state';
import { formatSeconds, formatTimestamp, secondsOf } from './timestamp';
import { BEGINNING, type Window } from './window';
import {
  STANDARD_SIZES,
  type DenseSecond,
  type ReadingLimits,
  type ReadingSizes,
  type WholeWindow,
} from './window-reader';
import { Workers } from './workers';

/** So many records are mapped and handed over at once. */
const BATCH = 500;

/** One sync of the audit logs: from the saved state, or the first range, to whatever is newest. */
export class Sync implements StreamReader {
  constructor(
    private readonly config: Config,
    private readonly environment: Environment,
    private readonly saved: SavedState | undefined,
    private readonly syncMode: SyncMode,
    private readonly sizes: ReadingSizes = STANDARD_SIZES,
  ) {}

  /** As {@link StreamReader.read}. When stopped, the window that is being delivered is finished first. */
  async read(output: StreamOutput, context: CommandContext): Promise<void> {
    const ended = new AbortController();
    // Every request under way listens to it.
    setMaxListeners(0, ended.signal);
    const lively = new HeartbeatOutput(output, this.environment.clock, ended.signal);
    const client = connect(this.config, this.environment, {
      log: context.log,
      retryLimits: SYNC_RETRY_LIMITS,
      onWait: (until) => {
        void lively.rateLimited(until);
      },
    });
    const stop = (): void => {
      ended.abort();
    };
    context.signal.addEventListener('abort', stop, { once: true });
    try {
      const during = { log: context.log, signal: ended.signal };
      const run = new Run(this.config, this.environment, this.saved, client, lively, during, this.sizes);
      const from = this.firstSecond();
      await (from === undefined ? run.startFromNow() : run.readFrom(from));
    } catch (error) {
      // Asked to stop: what a request was interrupted with is no error.
      if (!context.signal.aborted) throw error;
    } finally {
      context.signal.removeEventListener('abort', stop);
      ended.abort();
    }
  }

  /** Epoch s; undefined: from now. */
  private firstSecond(): number | undefined {
    if (this.saved !== undefined) return Math.max(BEGINNING, secondsOf(this.saved.recentFrom));
    const { backfillStart } = this.config;
    if (backfillStart !== undefined) return Math.max(BEGINNING, Math.floor(backfillStart / 1000));
    return this.syncMode === 'full_refresh' ? BEGINNING : undefined;
  }
}

/** The state of one read, and its steps. */
class Run {
  private readonly fingerprint: string;
  private readonly notices: Notices;
  /** Timestamp of the entry delivered last. */
  private newest = '';

  constructor(
    private readonly config: Config,
    private readonly environment: Environment,
    private readonly saved: SavedState | undefined,
    private readonly client: TinesClient,
    private readonly output: HeartbeatOutput,
    private readonly context: CommandContext,
    private readonly sizes: ReadingSizes,
  ) {
    this.fingerprint = configFingerprint(config);
    this.notices = new Notices(context.log);
  }

  /**
   * A first sync without a start time brings nothing old: it only notes where the next one starts, and what is there
   * already in the second that has begun. One request, so that nothing can slip in between.
   */
  async startFromNow(): Promise<void> {
    const { now, old } = await withLighterPages(this.sizes.perPage, (perPage) => this.currentSecond(perPage));
    const cursor = this.cursorAt(now);
    cursor.skip(old);
    this.notices.startsNow(cursor.timestamp);
    await this.output.checkpoint(formatState(cursor.state(this.fingerprint)));
  }

  /** The server's clock, epoch s, and what is there already from that second on. */
  private async currentSecond(perPage: number): Promise<{ now: number; old: readonly DatedEntry[] }> {
    const guard = new RepetitionGuard(this.sizes);
    const old = new Map<string, DatedEntry>();
    let now: number | undefined;
    for (let page = 1; ; page += 1) {
      const answer = await this.client.page({ page, perPage }, this.context.signal, perPage > 1);
      now ??= Math.floor(answer.serverNow / 1000);
      const entries = entriesFrom(answer, now);
      const before = old.size;
      for (const entry of entries) old.set(entry.id, entry);
      // Newest first: an older row means that all newer ones were shown.
      if (entries.length < answer.rows.length || answer.rows.length === 0) return { now, old: [...old.values()] };
      guard.page(answer.rows, old.size - before);
    }
  }

  /** Reads everything from a second on. */
  async readFrom(from: number): Promise<void> {
    const cursor = this.cursorAt(from);
    this.output.startFrom(formatState(cursor.state(this.fingerprint)));
    const range: Window = { from, to: undefined };
    const pages = new PageSource(this.client, new Workers(this.config.workers), this.context.signal);
    const { page: first, perPage } = await withLighterPages(this.sizes.perPage, async (size) => ({
      page: await pages.fetch(range, 1, size, size > 1),
      perPage: size,
    }));
    const now = Math.floor(first.serverNow / 1000);
    this.notices.start(this.config.domain, from, now);
    if (this.saved !== undefined) this.notices.saved(this.saved, from, now, this.fingerprint);
    if (first.count !== undefined) this.output.estimate(Math.max(0, first.count - cursor.rememberedIds));
    const lookbackFrom = now - this.config.lookbackMinutes * 60;
    const limits = { now, settledBefore: lookbackFrom, sizes: this.sizes };
    const progress = new Progress(first.count, this.environment.clock, this.context.log);
    const ahead = new ReadAhead(pages, limits, range, perPage === this.sizes.perPage ? first : undefined);
    for (let window = await ahead.next(); window !== undefined; window = await ahead.next()) {
      await this.deliver(window, cursor, pages, limits, progress);
      cursor.closeWindow(this.endOf(window.window, cursor, now, pages), formatSeconds(Math.max(0, lookbackFrom)));
      this.notices.dropped(cursor.takeDropped());
      await this.output.checkpoint(formatState(cursor.state(this.fingerprint)));
      if (this.context.signal.aborted) return;
    }
    progress.finish(this.client.requestsSent);
  }

  private cursorAt(from: number): AscendingCursor {
    const start = formatSeconds(from);
    return new AscendingCursor(
      this.saved === undefined
        ? { timestamp: start, id: undefined, recentFrom: start, recentIds: new Map() }
        : { ...this.saved, recentFrom: start },
    );
  }

  private async deliver(
    window: WholeWindow | DenseSecond,
    cursor: AscendingCursor,
    pages: PageSource,
    limits: ReadingLimits,
    progress: Progress,
  ): Promise<void> {
    if (window.kind === 'whole') {
      this.notices.window(window);
      progress.entries(await this.emit(cursor.takeNew(window.entries)), window.entries.length);
      progress.window(window);
      return;
    }
    this.notices.denseSecond(window.window.from);
    let inSecond = 0;
    const reader = new DenseSecondReader(pages, window, limits);
    for await (const entries of reader.batches()) {
      const fresh = await this.emit(cursor.takeNew(entries));
      progress.entries(fresh, fresh);
      inSecond += fresh;
    }
    this.notices.missing(window.window, reader.missing);
    progress.window({
      counted: window.count === undefined ? undefined : inSecond + reader.missing,
      readAgain: false,
      pageAfterPage: true,
    });
  }

  /** @returns how many records were emitted */
  private async emit(entries: readonly DatedEntry[]): Promise<number> {
    for (let start = 0; start < entries.length; start += BATCH) {
      const batch = entries.slice(start, start + BATCH);
      await this.output.records(batch.map((entry) => toRecord(entry, this.config.tenant)));
      this.newest = batch.at(-1)?.timestamp ?? this.newest;
    }
    return entries.length;
  }

  /**
   * Below it everything visible was delivered. An open window ends at the server's now; entries that were created
   * while it was read move it on, but never past what the server's clock says by then.
   */
  private endOf(window: Window, cursor: AscendingCursor, now: number, pages: PageSource): string {
    if (window.to !== undefined) return formatSeconds(window.to);
    const start = formatSeconds(now);
    // The Date header is cut to the second.
    const serverNow = formatTimestamp(pages.serverNow + 999) ?? start;
    const newest = this.newest < serverNow ? this.newest : serverNow;
    return [start, newest, cursor.timestamp].reduce((a, b) => (a > b ? a : b));
  }
}

/** A page's entries from a second on. */
function entriesFrom(page: Page, from: number): DatedEntry[] {
  const start = formatSeconds(from);
  return page.rows
    .map(toEntry)
    .flatMap((entry) =>
      entry.timestamp !== undefined && entry.timestamp >= start ? [{ ...entry, timestamp: entry.timestamp }] : [],
    );
}
