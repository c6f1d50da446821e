import { escapeLineSeparators, isJsonObject } from '../json-text';
import { NO_STATE } from '../no-state';
import type { JsonRecords, RateLimitedReason, RecordMeta, StreamDescriptor, StreamStatus } from '../protocol';
import type { Log, StreamItem } from '../source';
import { StoppedError, type After } from '../stop';
import { Heartbeat } from './heartbeat';
import type { MessageWriter } from './message-writer';
import { framedRecords, recordLines, type RecordFrame } from './record-line';

/** What a {@link StreamMessages} is made of. */
export interface StreamMessagesOptions {
  readonly stream: StreamDescriptor;
  /** The state that the read was given. */
  readonly state: object | undefined;
  /** Whether no read of the stream ever goes on from a state. */
  readonly isStateless: boolean;
  readonly writer: MessageWriter;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
  readonly after: After;
}

/** The messages of one read of one stream. After {@link end} none is written any more. */
export class StreamMessages {
  readonly #options: StreamMessagesOptions;
  readonly #heartbeat: Heartbeat;
  readonly #warned = new Set<string>();
  /** JSON of the last state known to be safe: texts, because the reader may go on changing its object. */
  #state: string | undefined;
  #recordsSinceState = 0;
  #running = false;
  #stateSent = false;
  #checkpointed = false;
  #ended = false;

  constructor(options: StreamMessagesOptions) {
    const { now, after, state, writer } = options;
    this.#options = options;
    this.#state = state === undefined ? undefined : JSON.stringify(state);
    const beat = (): void => {
      // Where the reader of the messages is behind, it isn't the source that is silent.
      if (!writer.congested) this.#writeState(this.#state ?? JSON.stringify(NO_STATE));
    };
    this.#heartbeat = new Heartbeat({ now, after, beat });
  }

  /**
   * Whether the read is complete now that the reader has ended: there was a checkpoint and no record came after the last
   * one. A stream without states needs none: it gets its STATE here.
   */
  complete(): boolean {
    if (!this.isCheckpointed && this.#options.isStateless) this.#writeState(JSON.stringify(NO_STATE));
    return this.isCheckpointed || this.#options.isStateless;
  }

  /** Whether there was a checkpoint and no record came after the last one. */
  get isCheckpointed(): boolean {
    return this.#checkpointed && this.#recordsSinceState === 0;
  }

  /** Writes a STREAM_STATUS. */
  status(status: StreamStatus, reasons?: readonly RateLimitedReason[]): void {
    const { stream, writer, now } = this.#options;
    const stream_status = { stream_descriptor: stream, status, ...(reasons === undefined ? {} : { reasons }) };
    writer.message({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at: now(), stream_status } });
  }

  /** Says that reading stands still until `quotaReset` (epoch ms). */
  rateLimited(quotaReset: number): void {
    if (this.#ended) return;
    this.status('RUNNING', [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: quotaReset } }]);
  }

  /** From here on the reader is no longer heard. */
  end(): void {
    this.#ended = true;
    this.#heartbeat.stop();
  }

  /**
   * Writes the last safe state again, where the reader of the messages would otherwise not know it or not know how
   * many records came since.
   */
  repeatState(): void {
    if (this.#state !== undefined && (this.#recordsSinceState > 0 || !this.#stateSent)) this.#writeState(this.#state);
  }

  /**
   * Writes an item. Resolves when the output can take more.
   * @throws StoppedError after the end
   */
  async take(item: StreamItem): Promise<void> {
    if (this.#ended) throw new StoppedError();
    if (!isItem(item)) throw new Error('The stream yielded something that is no item: see StreamItem.');
    if ('records' in item) await this.#writeRecords(item.records, item.meta);
    else if ('checkpoint' in item) await this.#checkpoint(item.checkpoint);
    else if ('startFrom' in item) {
      if (!this.#checkpointed) this.#state = stateText(item.startFrom);
    } else this.#estimate(item.estimate);
  }

  async #checkpoint(state: object): Promise<void> {
    this.#state = stateText(state);
    this.#checkpointed = true;
    this.#writeState(this.#state);
    this.#heartbeat.alive();
    await this.#options.writer.drained();
  }

  #estimate(rows: number): void {
    const { writer, stream, now } = this.#options;
    const estimate = { ...stream, type: 'STREAM', row_estimate: rows } as const;
    writer.message({ type: 'TRACE', trace: { type: 'ESTIMATE', emitted_at: now(), estimate } });
  }

  async #writeRecords(data: readonly object[] | JsonRecords, meta: RecordMeta | undefined): Promise<void> {
    this.#heartbeat.alive();
    const frame = { stream: this.#options.stream, emittedAt: this.#options.now(), meta };
    if ('ends' in data) await this.#writeLines(data.ends.length, this.#textWriter(data, frame));
    else await this.#writeLines(data.length, this.#objectWriter(data, frame));
  }

  #textWriter(records: JsonRecords, frame: RecordFrame): (index: number) => void {
    const { writer } = this.#options;
    const lines = framedRecords(frame, records);
    return (index) => {
      writer.framedLine(lines, index);
    };
  }

  #objectWriter(records: readonly object[], frame: RecordFrame): (index: number) => void {
    const { writer } = this.#options;
    const lineOf = recordLines(frame, (fields) => {
      this.#warn(fields);
    });
    return (index) => {
      writer.line(lineOf(records[index]));
    };
  }

  /** Waits where the reader of the output is behind. */
  async #writeLines(count: number, write: (index: number) => void): Promise<void> {
    const { writer } = this.#options;
    if (count > 0 && !this.#running) {
      this.#running = true;
      this.status('RUNNING');
    }
    for (let index = 0; index < count; index += 1) {
      write(index);
      this.#recordsSinceState += 1;
      if (writer.congested) {
        await writer.drained();
        if (this.#ended) throw new StoppedError();
      }
    }
  }

  #writeState(json: string): void {
    const { stream, writer } = this.#options;
    const streamState = `{"stream_descriptor":${JSON.stringify(stream)},"stream_state":${json}}`;
    // The protocol (0.3.2) wants a decimal point in the count, which JSON.stringify would not write.
    const stats = `{"recordCount":${this.#recordsSinceState}.0}`;
    const state = `{"type":"STREAM","stream":${streamState},"sourceStats":${stats}}`;
    writer.line(escapeLineSeparators(`{"type":"STATE","state":${state}}`));
    writer.push();
    this.#recordsSinceState = 0;
    this.#stateSent = true;
  }

  #warn(fields: readonly string[]): void {
    const names = fields.map((field) => `"${field}"`).join(', ');
    if (this.#warned.has(names)) return;
    this.#warned.add(names);
    const { stream, log } = this.#options;
    log(
      'WARN',
      `Records of stream "${stream.name}" are nested too deep in ${names}: the innermost part is written as a string of JSON.`,
    );
  }
}

function isItem(item: unknown): boolean {
  return isJsonObject(item) && ITEMS.some((key) => key in item);
}

const ITEMS = ['records', 'checkpoint', 'startFrom', 'estimate'];

/** A checkpoint that is empty would make the next sync start from scratch. */
function stateText(state: unknown): string {
  const json = isJsonObject(state) ? JSON.stringify(state) : undefined;
  if (json !== undefined && json !== '{}') return json;
  throw new Error('The stream yielded a checkpoint that holds nothing: the next sync would start from scratch.');
}
