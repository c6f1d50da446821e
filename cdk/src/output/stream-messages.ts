import { escapeLineSeparators, isJsonObject, replacedText } from '../json-text';
import type {
  JsonObject,
  JsonRecords,
  RecordMeta,
  StreamDescriptor,
  StreamStatus,
  StreamStatusTrace,
} from '../protocol';
import type { Session } from '../session';
import { NO_STATE, isMaker, type OpenRequest, type StateOrMaker, type StreamItem, type StreamReader } from '../source';
import { StoppedError } from '../stop';
import type { MessageWriter } from './message-writer';
import { framedRecords, recordLines, type RecordFrame } from './record-line';

/** A stream that is ready to be read. */
export interface OpenStream {
  readonly descriptor: StreamDescriptor;
  /** Whether no read of the stream ever goes on from a state. */
  readonly isStateless: boolean;
  /** The state that the read was given. */
  readonly state: JsonObject | undefined;
  /** As {@link OpenRequest.columns}. */
  readonly columns: OpenRequest['columns'];
  readonly reader: StreamReader;
}

/** A checkpoint is written when the RECORDs since the last STATE have so many times the characters of its own STATE. */
const RECORDS_TO_STATE_RATIO = 20;
/** It is written as well when the last STATE is so old, in ms. */
const OLDEST_STATE_MS = 60_000;
/**
 * The longest silence, in ms, before a sign of life is given. Only RECORD and STATE count as one; without any for some
 * hours, the platform ends the read (Airbyte, source heartbeats).
 */
const HEARTBEAT_MS = 120_000;

/**
 * The messages of one read of one stream. After {@link end} none is written any more, but {@link writeSafeState}.
 *
 * Not every checkpoint becomes a STATE: large ones would weigh more than the records, and a state a second of 1 MB has run
 * platforms out of memory (airbytehq/airbyte#33535, #31962). The last one is kept, and written when the stream is silent
 * for long, ends, fails or is stopped.
 */
export class StreamMessages {
  readonly #stream: StreamDescriptor;
  readonly #isStateless: boolean;
  readonly #columns: ReadonlySet<string> | undefined;
  readonly #session: Session;
  readonly #writer: MessageWriter;
  /** What stands before the state in a STATE. */
  readonly #stateHead: string;
  readonly #warned = new Set<string>();
  /** JSON of the last state known to be safe, because the reader may go on changing its object; or what makes that. */
  #state: string | (() => object) | undefined;
  /** Characters of the state that was made last. */
  #stateLength = 0;
  /** The state in the last STATE. */
  #written: string | undefined;
  /** When it was written, epoch ms. */
  #writtenAt = -Infinity;
  #recordsSinceState = 0;
  /** Characters of the RECORDs since the last STATE, bytes where they were bytes. */
  #charactersSinceState = 0;
  #running = false;
  #checkpoints = 0;
  #recordsLeft: number;
  #isCheckpointed = false;
  #ended = false;
  /** When the last RECORD or STATE was written, epoch ms: only these count as a sign of life. */
  #aliveAt: number;
  #cancelHeartbeat = (): void => undefined;

  /** @param mostRecords no more are written */
  constructor({ descriptor, state, isStateless, columns }: OpenStream, session: Session, mostRecords: number) {
    this.#stream = descriptor;
    this.#isStateless = isStateless;
    this.#columns = columns === undefined ? undefined : new Set(columns);
    this.#session = session;
    this.#writer = session.writer;
    this.#recordsLeft = mostRecords;
    this.#stateHead = `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":${JSON.stringify(descriptor)},"stream_state":`;
    this.#state = state === undefined ? undefined : JSON.stringify(state);
    this.#aliveAt = session.now();
    this.#awaitSilence(HEARTBEAT_MS);
  }

  /** Whether as many records were written as may be. */
  get isFull(): boolean {
    return this.#recordsLeft === 0;
  }

  /** Whether there was a checkpoint and no record came after the last one. */
  get isCheckpointed(): boolean {
    return this.#isCheckpointed;
  }

  /** Writes a STREAM_STATUS. */
  status(status: StreamStatus, reasons?: StreamStatusTrace['reasons']): void {
    const stream_status = { stream_descriptor: this.#stream, status, ...(reasons === undefined ? {} : { reasons }) };
    const emitted_at = this.#session.now();
    this.#writer.message({ type: 'TRACE', trace: { type: 'STREAM_STATUS', emitted_at, stream_status } });
  }

  /** Says that reading stands still until `quotaReset` (epoch ms). */
  rateLimited(quotaReset: number): void {
    if (this.#ended) return;
    this.status('RUNNING', [{ type: 'RATE_LIMITED', rate_limited: { quota_reset: quotaReset } }]);
  }

  /** From here on the reader is no longer heard. */
  end(): void {
    this.#ended = true;
    this.#cancelHeartbeat();
  }

  /**
   * Writes the last STATE of a read whose reader has ended, unless it was written already.
   * @throws Error where there was no checkpoint after the last record, unless it is a stream without states
   */
  complete(): void {
    if (!this.#isCheckpointed && !this.#isStateless) {
      throw new Error('The stream ended without a checkpoint after its last record.');
    }
    if (!this.#isCheckpointed) this.#state = JSON.stringify(NO_STATE);
    this.writeSafeState();
  }

  /**
   * Writes the last safe state, if there is one, where the reader of the messages would otherwise not know it or not
   * know how many records came since.
   */
  writeSafeState(): void {
    const state = this.#safeState();
    if (state !== undefined && this.#isUnwritten(state)) this.#writeState(state);
  }

  /**
   * Writes an item. Resolves when the output can take more.
   * @throws StoppedError after the end
   */
  async take(item: StreamItem): Promise<void> {
    if (this.#ended) throw new StoppedError();
    if (!isItem(item)) throw new Error('The stream yielded something that is no item: see StreamItem.');
    if ('records' in item) await this.#writeRecords(item.records, item.meta);
    else if ('checkpoint' in item) await this.#checkpoint(item.checkpoint, item.takesBack === true);
    else if ('startFrom' in item) {
      if (this.#checkpoints === 0) this.#keep(item.startFrom);
    } else {
      const estimate = { ...this.#stream, type: 'STREAM', row_estimate: item.estimate } as const;
      this.#writer.message({ type: 'TRACE', trace: { type: 'ESTIMATE', emitted_at: this.#session.now(), estimate } });
    }
  }

  async #checkpoint(state: StateOrMaker, takesBack: boolean): Promise<void> {
    this.#keep(state);
    this.#isCheckpointed = true;
    this.#checkpoints += 1;
    if (takesBack || this.#isDue()) this.writeSafeState();
    this.#writer.push();
    await this.#writer.drained();
  }

  #keep(state: StateOrMaker): void {
    this.#state = isMaker(state) ? state : this.#textOf(state);
  }

  #safeState(): string | undefined {
    if (typeof this.#state === 'function') this.#state = this.#textOf(this.#state());
    return this.#state;
  }

  #textOf(state: object): string {
    const text = stateText(state);
    this.#stateLength = text.length;
    return text;
  }

  #isUnwritten(state: string): boolean {
    return state !== this.#written || this.#recordsSinceState > 0;
  }

  #isDue(): boolean {
    if (this.#checkpoints === 1 || this.#session.now() - this.#writtenAt >= OLDEST_STATE_MS) return true;
    const weighEnough = (): boolean =>
      this.#charactersSinceState >= RECORDS_TO_STATE_RATIO * (this.#stateHead.length + this.#stateLength);
    // The state is only made where the one before was light enough.
    if (!weighEnough()) return false;
    this.#safeState();
    return weighEnough();
  }

  async #writeRecords(data: readonly object[] | JsonRecords, meta: RecordMeta | undefined): Promise<void> {
    this.#aliveAt = this.#session.now();
    const frame = { stream: this.#stream, emittedAt: this.#aliveAt, columns: this.#columns, meta };
    if (!('ends' in data)) {
      await this.#writeLines(data.length, this.#objectWriter(data, frame));
      return;
    }
    const lines = framedRecords(frame, data);
    await this.#writeLines(data.ends.length, (index) => this.#writer.framedLine(lines, index));
  }

  /** @returns a function that writes a record's line and returns its length */
  #objectWriter(records: readonly object[], frame: RecordFrame): (index: number) => number {
    const lineOf = recordLines(frame, (fields) => {
      const text = replacedText(`Records of stream "${this.#stream.name}" hold`, fields);
      if (!this.#warned.has(text)) this.#session.context.log('WARN', text);
      this.#warned.add(text);
    });
    return (index) => {
      const line = lineOf(records[index]);
      this.#writer.line(line);
      return line.length;
    };
  }

  /** Waits where the reader of the output is slower. */
  async #writeLines(count: number, write: (index: number) => number): Promise<void> {
    if (count > 0 && !this.#running) {
      this.#running = true;
      this.status('RUNNING');
    }
    for (let index = 0; index < count && !this.isFull; index += 1) {
      this.#charactersSinceState += write(index);
      this.#recordsSinceState += 1;
      this.#recordsLeft -= 1;
      this.#isCheckpointed = false;
      if (!this.#writer.congested) continue;
      await this.#writer.drained();
      if (this.#ended) throw new StoppedError();
    }
  }

  #writeState(json: string): void {
    // The protocol (0.3.2) wants a decimal point in the count, which JSON.stringify would not write.
    const stats = `{"recordCount":${this.#recordsSinceState}.0}`;
    this.#writer.line(escapeLineSeparators(`${this.#stateHead}${json}},"sourceStats":${stats}}}`));
    this.#writer.push();
    this.#written = json;
    this.#aliveAt = this.#writtenAt = this.#session.now();
    this.#recordsSinceState = 0;
    this.#charactersSinceState = 0;
  }

  /** Writes the last state again when nothing was written for {@link HEARTBEAT_MS}. It never keeps the process running. */
  #awaitSilence(ms: number): void {
    const onSilence = (): void => {
      const rest = this.#aliveAt + HEARTBEAT_MS - this.#session.now();
      if (rest <= 0) this.#aliveAt = this.#session.now();
      this.#awaitSilence(rest > 0 ? rest : HEARTBEAT_MS);
      // Where the reader of the messages is slow, it isn't the source that is silent.
      if (rest <= 0 && !this.#writer.congested) this.#writeState(this.#safeState() ?? JSON.stringify(NO_STATE));
    };
    this.#cancelHeartbeat = this.#session.after(ms, onSilence, { unref: true });
  }
}

const ITEMS = ['records', 'checkpoint', 'startFrom', 'estimate'];

const isItem = (item: unknown): boolean => isJsonObject(item) && ITEMS.some((key) => key in item);

/** A checkpoint that is empty would make the next sync start from scratch. */
function stateText(state: unknown): string {
  const json = isJsonObject(state) ? JSON.stringify(state) : undefined;
  if (json !== undefined && json !== '{}') return json;
  throw new Error('The stream yielded a checkpoint that holds nothing: the next sync would start from scratch.');
}
