import { isMissing } from '../http/errors';
import { statusIn } from '../http/explain';
import type { PageContext } from '../http/http-client';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { NO_STATE, stateOf, type ReadContext, type StateOrMaker, type StreamItem } from '../src/source';
import { authorError } from './cursor-kind';
import { stateError } from './cursor-position';
import { inOrder } from './in-order';
import { isCounted } from './paginate';

/** Tells a partition apart: an id, or several such as those of an organisation and a project in it. */
export type PartitionKey = string | number | readonly (string | number)[];

/** The partitions that there are now, in the order in which they are read. */
export type Partitions<Key> = (context: ReadContext) => readonly Key[] | Promise<readonly Key[]>;

/** What becomes of a list that isn't there, or isn't for these credentials: the read fails, or goes on without it. */
export type Missing = 'fail' | 'skip';

/** The key of a state that has one of each partition. */
const PARTITIONS = 'partitions';

/** Lists that are passed over because they are missing, in one read. */
export class Skips {
  readonly #stream: string;
  readonly #context: ReadContext;
  readonly #statuses = new Set<number>();
  #lists = 0;
  #skipped = 0;

  constructor(stream: string, context: ReadContext) {
    this.#stream = stream;
    this.#context = context;
  }

  /** What a list gives, until it turns out to be missing. */
  async *over<T>(list: AsyncIterable<T>, missing: Missing = 'fail'): AsyncGenerator<T, void> {
    this.#lists += 1;
    try {
      yield* list;
    } catch (error) {
      const status = missing === 'skip' ? statusIn(error)?.status : undefined;
      if (status === undefined || !isMissing(status)) throw error;
      this.#skipped += 1;
      this.#statuses.add(status);
    }
  }

  /** Logs how many were passed over, if any: a warning where nothing was read. */
  report(): void {
    if (this.#skipped === 0) return;
    const statuses = [...this.#statuses].sort((a, b) => a - b).join(', ');
    this.#context.log(
      this.#skipped === this.#lists ? 'WARN' : 'INFO',
      `Stream "${this.#stream}": ${this.#skipped} of ${this.#lists} lists were skipped, because the server answers that they are missing or not allowed (${statuses}).`,
    );
  }
}

/**
 * Partitions in the order of their keys, the next ones of which are begun ahead: of each one page is held. A checkpoint
 * has the state of each partition; those that are gone are not in it.
 */
export async function* readPartitions<Key>(
  keys: readonly Key[],
  saved: ReadonlyMap<string, JsonObject>,
  workers: number,
  items: (key: Key) => AsyncGenerator<StreamItem, void>,
): AsyncGenerator<StreamItem, void> {
  const states = new Map<string, readonly [key: Key, state: StateOrMaker]>();
  for (const key of keys) {
    const state = saved.get(JSON.stringify(key));
    if (state !== undefined) states.set(JSON.stringify(key), [key, state]);
  }
  // States that are put in later do no harm: each says only what was delivered before.
  const all = (): JsonObject =>
    states.size === 0
      ? NO_STATE
      : { [PARTITIONS]: Array.from(states.values(), ([key, state]) => [key, stateOf(state)]) };
  const begun = inOrder<Key, readonly [Key, AsyncIterable<StreamItem>]>(keys, {
    workers,
    hasRoom: (held) => held.length < workers,
    read: async (key) => ({ kind: 'result', result: [key, await begin(items(key))] }),
  });
  for await (const [key, ofOne] of begun) {
    const name = JSON.stringify(key);
    // Where nothing came since, there is nothing to say, unless a checkpoint of this partition is taken back.
    let hasRecords = false;
    for await (const item of ofOne) {
      if ('checkpoint' in item) {
        if (item.checkpoint === NO_STATE) states.delete(name);
        else states.set(name, [key, item.checkpoint]);
        if (hasRecords || item.takesBack === true) yield { ...item, checkpoint: all };
      } else if ('records' in item) {
        hasRecords = true;
        yield item;
      }
    }
    // Its rows need not stay in memory.
    const last = states.get(name);
    if (last !== undefined) states.set(name, [key, stateOf(last[1])]);
  }
  yield { checkpoint: all };
}

/** Reads up to the first records. */
async function begin(items: AsyncGenerator<StreamItem, void>): Promise<AsyncIterable<StreamItem>> {
  const first: StreamItem[] = [];
  for (let next = await items.next(); next.done !== true; next = await items.next()) {
    first.push(next.value);
    if ('records' in next.value) break;
  }
  return (async function* () {
    yield* first;
    yield* items;
  })();
}

/**
 * The state of each partition, by its key as JSON.
 * @throws ConfigError for a state that can't be read
 */
export function savedPartitions(stream: string, state: JsonObject | undefined): ReadonlyMap<string, JsonObject> {
  const listed: unknown = state === undefined ? [] : state[PARTITIONS];
  const pairs: readonly unknown[] = Array.isArray(listed) ? listed : [undefined];
  return new Map(
    pairs.map((pair) => {
      const parts: readonly unknown[] = Array.isArray(pair) ? pair : [];
      const [key, own] = parts;
      if (isJsonObject(own)) return [JSON.stringify(key), own];
      throw stateError(
        stream,
        `"${PARTITIONS}" must be a list of pairs, each of a key and the state of that partition`,
      );
    }),
  );
}

/**
 * The keys of a stream's partitions, each once.
 * @throws ConnectorError (system_error) for what is no key, such as a field that the rows above don't have
 */
export function keysFor<Key>(stream: string, keys: readonly Key[]): readonly Key[] {
  const isPart = (part: unknown): boolean => (typeof part === 'string' && part !== '') || Number.isFinite(part);
  for (const key of keys) {
    if (Array.isArray(key) ? key.length > 0 && key.every(isPart) : isPart(key)) continue;
    const written = key === undefined ? 'undefined' : JSON.stringify(key);
    throw authorError(stream, `a partition has the key ${written}, where a text, a number or several are expected`);
  }
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

type Pages = AsyncIterable<readonly JsonObject[]>;

/** The pages of a list that several streams read, by range, and how many rows more may be kept in a sync. */
interface Kept {
  readonly pages: Map<string, readonly (readonly JsonObject[])[]>;
  room: number;
}

/** How many rows of a list are kept in memory for the other streams that need it. */
const MAX_KEPT_ROWS = 20_000;

/** How many streams read by the very same options. */
const READERS = new WeakMap<object, { count: number; readonly syncs: WeakMap<AbortSignal, Kept> }>();

/**
 * The `read` of options, for one more stream that is made of them. Where there are several, a range is read once in a
 * sync, as long as all that is kept are not more than 20,000 rows; what is more is read again by each.
 */
export function sharedRead<Range>(options: { read(range: Range, context: PageContext): Pages }): typeof options.read {
  const readers = READERS.get(options) ?? { count: 0, syncs: new WeakMap<AbortSignal, Kept>() };
  READERS.set(options, readers);
  readers.count += 1;
  return (range, context) => {
    if (readers.count === 1) return options.read(range, context);
    const kept: Kept = readers.syncs.get(context.signal) ?? { pages: new Map(), room: MAX_KEPT_ROWS };
    readers.syncs.set(context.signal, kept);
    const name = JSON.stringify(range);
    const known = kept.pages.get(name);
    if (known !== undefined) return replayed(known);
    const pages = options.read(range, context);
    return Object.assign(keeping(pages, name, kept), { isCounted: isCounted(pages) });
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- as Pages
async function* replayed<T>(items: readonly T[]): AsyncGenerator<T, void> {
  yield* items;
}

async function* keeping(pages: Pages, name: string, kept: Kept): AsyncGenerator<readonly JsonObject[], void> {
  const all: (readonly JsonObject[])[] = [];
  for await (const rows of pages) {
    kept.room -= rows.length;
    if (kept.room >= 0) all.push(rows);
    else all.length = 0;
    yield rows;
  }
  if (kept.room >= 0) kept.pages.set(name, all);
}
