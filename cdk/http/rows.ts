import { createHash } from 'node:crypto';
import { pipeline, Readable, type Duplex } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isError } from '../src/errors';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { BodyTooLargeError } from './buffer-pool';
import {
  RefusedError,
  RequestTooLargeError,
  RetryableError,
  UnexpectedBodyError,
  type TriesUntilFinal,
} from './errors';
import type { TimedResponse } from './limited-http';
import type { Until } from './retry';

type Pieces = AsyncIterable<Buffer>;

/**
 * Reads rows off a body while it comes, in lists of those that have come together.
 * @param maxRowBytes the largest row, in bytes
 * @throws RowsError, RequestTooLargeError, whatever the body fails with
 */
export type RowFormat = (pieces: Pieces, maxRowBytes: number) => AsyncGenerator<readonly JsonObject[], void>;

/** JSON objects, one a line (https://github.com/ndjson/ndjson-spec). Empty lines are passed over. */
export const ndjson: RowFormat = async function* (pieces, maxRowBytes) {
  let line = 0;
  const rowsIn = (lines: readonly Buffer[], isEnd = false): readonly JsonObject[] =>
    Buffer.concat(lines)
      .toString()
      .replace(/\n$/, '')
      .split('\n')
      .flatMap((text) => {
        line += 1;
        return text.trim() === '' ? [] : [rowIn(text, line, isEnd)];
      });
  let rest: Buffer[] = [];
  let restLength = 0;
  for await (const piece of pieces) {
    const end = piece.lastIndexOf('\n') + 1;
    if (end > 0) {
      yield rowsIn([...rest, piece.subarray(0, end)]);
      rest = [];
      restLength = 0;
    }
    rest.push(piece.subarray(end));
    restLength += piece.length - end;
    if (restLength > maxRowBytes) throw tooLarge(maxRowBytes);
  }
  yield rowsIn(rest, true);
};

function rowIn(text: string, line: number, isEnd: boolean): JsonObject {
  let row: unknown;
  try {
    row = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    if (isEnd) throw cutOff(line);
  }
  if (isJsonObject(row)) return row;
  throw new RowsError(`line ${line} is no JSON object`);
}

function cutOff(line: number): RefusedError {
  const error = new RowsError(`they end within line ${line}, which is cut off or malformed`, true);
  return new RefusedError('the answer was cut off or is malformed', error, NO_DATA);
}

/** How a CSV is written. */
export interface CsvOptions {
  /** Between two fields: a comma unless given. */
  readonly delimiter?: string;
  /** The names of the fields, where the first line has none. */
  readonly columns?: readonly string[];
  /** A label of https://encoding.spec.whatwg.org, such as `windows-1252` or `utf-16le`: `utf-8` unless given. */
  readonly encoding?: string;
}

/** Rows that are handed on together, at most. */
const CSV_BATCH = 500;

/** CSV (RFC 4180): each row an object of texts, by the names in the first line. Needs the package csv-parse. */
export const csv = ({ delimiter = ',', columns, encoding = 'utf-8' }: CsvOptions = {}): RowFormat =>
  async function* (pieces, maxRowBytes) {
    const { parse } = await import('csv-parse');
    const parser = parse({
      columns: columns === undefined ? distinct : distinct([...columns]),
      delimiter,
      max_record_size: maxRowBytes,
      skip_empty_lines: true,
    });
    let rows: JsonObject[] = [];
    try {
      for await (const row of through(inUtf8(pieces, encoding), parser)) {
        if (isJsonObject(row)) rows.push(row);
        if (rows.length < CSV_BATCH) continue;
        yield rows;
        rows = [];
      }
    } catch (error) {
      throw csvError(error, maxRowBytes);
    }
    yield rows;
  };

/** @throws RowsError where of two columns of a row only one would be left */
function distinct(names: string[]): string[] {
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first !== index) throw new RowsError(`columns ${first + 1} and ${index + 1} have the same name`);
  }
  return names;
}

/** The same text, without a byte order mark. */
async function* inUtf8(pieces: Pieces, encoding: string): AsyncGenerator<Buffer, void> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decoded = (piece?: Buffer): Buffer => {
    try {
      return Buffer.from(decoder.decode(piece, { stream: piece !== undefined }));
    } catch {
      throw new RowsError(`they are not in the encoding ${encoding}`);
    }
  };
  for await (const piece of pieces) yield decoded(piece);
  yield decoded();
}

/** Of what the library says only the code and the line are kept: its message can quote a row. */
function csvError(error: unknown, maxRowBytes: number): unknown {
  const [code, line] = ['code', 'lines'].map((key): unknown => (isError(error) ? Reflect.get(error, key) : ''));
  if (typeof code !== 'string' || !/^(CSV|INVALID)_\w+$/.test(code)) return error;
  if (code === 'CSV_MAX_RECORD_SIZE') return tooLarge(maxRowBytes);
  if (code === 'CSV_QUOTE_NOT_CLOSED') return cutOff(Number(line));
  return new RowsError(`${code} in line ${String(line)}`);
}

const tooLarge = (most: number): RequestTooLargeError => new RequestTooLargeError(new BodyTooLargeError(most));

/** What a file in gzip (RFC 1952) begins with; no text does. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Whether a body is a file in gzip, in addition to any encoding of the response. */
export const isGzip = (bytes: Buffer): boolean => bytes.subarray(0, GZIP.length).equals(GZIP);

/** Unpacks a file in gzip; anything else stays as it is. */
async function* unpacked(pieces: Pieces): AsyncGenerator<Buffer, void> {
  const rest = pieces[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let next: IteratorResult<Buffer, unknown> | undefined;
  while (head.length < GZIP.length && next?.done !== true) {
    next = await rest.next();
    if (next.done !== true) head = Buffer.concat([head, next.value]);
  }
  const whole = chained(head, rest);
  yield* isGzip(head) ? gunzipped(whole) : whole;
}

async function* chained(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield head;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}

async function* gunzipped(pieces: Pieces): AsyncGenerator<Buffer, void> {
  try {
    for await (const piece of through(pieces, createGunzip())) if (Buffer.isBuffer(piece)) yield piece;
  } catch (error) {
    if (isError(error) && String(Reflect.get(error, 'code')).startsWith('Z_')) {
      throw new RetryableError('the answer was cut off or is not gzip');
    }
    throw error;
  }
}

/** What comes out of a transformation. What fails before it fails it. */
const through = (pieces: Pieces, transformation: Duplex): AsyncIterable<unknown> =>
  pipeline(Readable.from(pieces), transformation, () => undefined);

/** Rows that can't be read. */
export class RowsError extends Error {
  override name = 'RowsError';

  /** @param message a clause without anything of a row @param passes whether another read may succeed */
  constructor(
    message: string,
    readonly passes = false,
  ) {
    super(message);
  }
}

type Rows = AsyncGenerator<readonly JsonObject[], void>;

/**
 * Reads the rows of one body, which is requested again where its connection breaks.
 * @param open sends the request, and resolves to a response that is `ok`, or brings no rows
 * @param maxRowBytes the largest row, in bytes
 */
export function rowReading(open: (until: Until) => Promise<TimedResponse>, format: RowFormat, maxRowBytes: number) {
  let rows: Rows | undefined;
  let delivered = 0;
  /** How many rows are still to come that were delivered before. */
  let repeated = 0;
  /** How many bytes of the body have come, and their hash. */
  let before = { length: 0, digest: '' };
  /** The body of a request that is sent again has to begin as it did before. */
  const checked = async function* (pieces: Pieces): AsyncGenerator<Buffer, void> {
    const hash = createHash('sha256');
    const { length: known, digest } = before;
    let length = 0;
    for await (const piece of pieces) {
      const again = Math.max(0, known - length);
      hash.update(piece.subarray(0, again));
      if (again > 0 && again <= piece.length && hash.copy().digest('hex') !== digest) throw changed();
      hash.update(piece.subarray(again));
      length += piece.length;
      if (length > known) before = { length, digest: hash.copy().digest('hex') };
      yield piece;
    }
    if (length < known) throw changed();
  };
  const start = async (until: Until): Promise<Rows> => {
    const { verdict, headers, body, pieces = one(body.bytes) } = await open(until);
    if (verdict !== 'ok') return one([]);
    assertNoWebPage(headers);
    repeated = delivered;
    return format(checked(unpacked(pieces)), maxRowBytes);
  };
  /** Closes the connection, where one is open. */
  const end = async (): Promise<void> => {
    const ended = rows;
    rows = undefined;
    await ended?.return();
  };
  /** The next rows, one at least; undefined where there are no more. After an error, they come of another request. */
  const next = async (until: Until): Promise<readonly JsonObject[] | undefined> => {
    try {
      rows ??= await start(until);
      for (;;) {
        const { done, value } = await rows.next();
        if (done === true) return undefined;
        const fresh = value.slice(repeated);
        repeated = Math.max(0, repeated - value.length);
        delivered += fresh.length;
        if (fresh.length > 0) return fresh;
      }
    } catch (error) {
      await end();
      throw error;
    }
  };
  return { next, end };
}

const changed = (): RowsError =>
  new RowsError('its connection broke, and a response that begins otherwise came when they were requested again', true);

async function* one<T>(item: T): AsyncGenerator<T, void> {
  yield await Promise.resolve(item);
}

/** A body that is no data at all can be a gateway's notice, which goes with the next response. */
const NO_DATA: TriesUntilFinal = { atFirst: 3, afterSuccess: 3 };

/** @throws RefusedError where what came is a web page */
export function assertNoWebPage(headers: TimedResponse['headers']): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (!/^text\/html$/i.test(type.trim())) return;
  const fact = new UnexpectedBodyError('it sends a web page instead of JSON');
  throw new RefusedError(fact.message, fact, NO_DATA);
}
