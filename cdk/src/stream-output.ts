import { escapeLineSeparators } from './json-text';
import type { MessageWriter } from './message-writer';
import type { JsonObject, JsonRecords, RateLimitedReason, StreamStatus } from './protocol';
import { framedRecords, recordLines } from './record-line';
import type { Log, StreamOutput } from './source';
import { StoppedError } from './stop';

/** What a {@link StreamMessages} is made of. */
export interface StreamMessagesOptions {
  readonly stream: string;
  /** The state that the read was given. */
  readonly state: JsonObject | undefined;
  readonly writer: MessageWriter;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * The messages of one read of one stream. Calls take effect one after the other, in their order, also when they are
 * not awaited; after {@link end} none does any more.
 */
export class StreamMessages implements StreamOutput {
  readonly #options: StreamMessagesOptions;
  readonly #warned = new Set<string>();
  /** JSON of the last state known to be safe: texts, because the reader may go on changing its object. */
  #state: string | undefined;
  #recordsSinceState = 0;
  #running = false;
  #stateSent = false;
  #checkpointed = false;
  #ended = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StreamMessagesOptions) {
    this.#options = options;
    this.#state = options.state === undefined ? undefined : JSON.stringify(options.state);
  }

  /** Whether there was a checkpoint and no record came after the last one: what a complete read looks like. */
  get isCheckpointed(): boolean {
    return this.#checkpointed && this.#recordsSinceState === 0;
  }

  /** Writes a STREAM_STATUS. */
  status(status: StreamStatus, reasons?: readonly RateLimitedReason[]): void {
    const descriptor = { name: this.#options.stream };
    const stream_status = { stream_descriptor: descriptor, status, ...(reasons === undefined ? {} : { reasons }) };
    this.#options.writer.message({
      type: 'TRACE',
      trace: { type: 'STREAM_STATUS', emitted_at: this.#options.now(), stream_status },
    });
  }

  /** From here on the reader is no longer heard; what it has asked for and not got yet is given up. */
  end(): void {
    this.#ended = true;
  }

  /** Resolves when the calls so far have taken effect. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /**
   * Writes the last safe state again, where the reader of the messages would otherwise not know it or not know how
   * many records came since.
   */
  repeatState(): void {
    if (this.#recordsSinceState > 0 || !this.#stateSent) this.#writeState();
  }

  async records(data: readonly JsonObject[] | JsonRecords): Promise<void> {
    await this.#inTurn(() => this.#writeRecords(data));
  }

  async checkpoint(state: JsonObject): Promise<void> {
    const json = JSON.stringify(state);
    await this.#inTurn(async () => {
      this.#state = json;
      this.#checkpointed = true;
      this.#writeState();
      await this.#options.writer.drained();
    });
  }

  startFrom(state: JsonObject): void {
    const json = JSON.stringify(state);
    void this.#inPassing(() => {
      if (!this.#checkpointed) this.#state = json;
    });
  }

  async heartbeat(): Promise<void> {
    await this.#inPassing(() => {
      this.#writeState();
    });
  }

  async rateLimited(quotaReset: number): Promise<void> {
    await this.#inPassing(() => {
      this.status('RUNNING', [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: quotaReset } }]);
    });
  }

  estimate(rows: number): void {
    void this.#inPassing(() => {
      const { writer, stream, now } = this.#options;
      const estimate = { name: stream, type: 'STREAM', row_estimate: rows } as const;
      writer.message({ type: 'TRACE', trace: { type: 'ESTIMATE', emitted_at: now(), estimate } });
    });
  }

  /** Takes its turn; rejects with a StoppedError after the end, lest the reader believe its records were delivered. */
  #inTurn(step: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(() => {
      if (this.#ended) throw new StoppedError();
      return step();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Takes its turn; does nothing after the end: it may come from a timer that nobody has stopped yet. */
  #inPassing(step: () => void): Promise<void> {
    const turn = this.#last.then(() => {
      if (!this.#ended) step();
    });
    this.#last = turn;
    return turn;
  }

  async #writeRecords(data: readonly JsonObject[] | JsonRecords): Promise<void> {
    if ('ends' in data) await this.#writeLines(data.ends.length, this.#textWriter(data));
    else await this.#writeLines(data.length, this.#objectWriter(data));
  }

  #textWriter(records: JsonRecords): (index: number) => void {
    const { stream, writer, now } = this.#options;
    const lines = framedRecords(stream, now(), records);
    return (index) => {
      writer.framedLine(lines, index);
    };
  }

  #objectWriter(records: readonly JsonObject[]): (index: number) => void {
    const { stream, writer, now } = this.#options;
    const lineOf = recordLines(stream, now(), (fields) => {
      this.#warn(fields);
    });
    return (index) => {
      const record = records[index];
      if (record !== undefined) writer.line(lineOf(record));
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

  #writeState(): void {
    if (this.#state === undefined) return;
    const { stream, writer } = this.#options;
    const streamState = `{"stream_descriptor":{"name":${JSON.stringify(stream)}},"stream_state":${this.#state}}`;
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
      `Records of stream "${stream}" are nested too deep in ${names}: the innermost part is written as a string of JSON.`,
    );
  }
}
