import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { stateOf, type OpenRequest, type ReadContext, type Stream, type StreamItem } from '../src/source';
import type { CursorRange } from '../incremental/cursor-position';

/** What a test does without: nobody stops, nothing is logged. */
export function quietContext(log: ReadContext['log'] = () => undefined): ReadContext {
  return {
    log,
    signal: new AbortController().signal,
    mask: () => undefined,
    saveConfig: () => undefined,
    rateLimited: () => undefined,
  };
}

/** A copy of a state, or of what holds states, in which rows are named by their keys alone. */
export function withoutHashes(value: unknown, isRow = false): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => withoutHashes(each, isRow));
  if (isJsonObject(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([key, each]) => [key, withoutHashes(each, isRow || key === 'delivered_rows')]),
    );
  }
  return isRow && typeof value === 'string' ? value.slice(8) : value;
}

/** What a read has given, until its end or until it was killed. */
export interface Taken {
  readonly items: readonly StreamItem[];
  readonly records: readonly JsonObject[];
  /** All checkpoints, in order. */
  readonly states: readonly JsonObject[];
  /** What the platform would have saved: the last checkpoint, or the state that it gave. */
  readonly saved: JsonObject | undefined;
}

/** Reads a stream, and kills the read before it gives the item after `kill` others. */
export async function take(
  stream: Stream,
  state: JsonObject | undefined,
  {
    kill = Infinity,
    context = quietContext(),
    syncMode = 'incremental',
  }: Partial<Pick<OpenRequest, 'syncMode'>> & { kill?: number; context?: ReadContext } = {},
): Promise<Taken> {
  const items: StreamItem[] = [];
  for await (const item of stream.open({ state, syncMode })(context)) {
    if (items.length >= kill) break;
    items.push(withState(item));
  }
  const states = items.flatMap((item) => ('checkpoint' in item ? [item.checkpoint] : [])).filter(isJsonObject);
  const records = items.flatMap((item) => ('records' in item && !('ends' in item.records) ? item.records : []));
  return { items, records: records.filter(isJsonObject), states, saved: states.at(-1) ?? state };
}

function withState(item: StreamItem): StreamItem {
  if ('checkpoint' in item) return { ...item, checkpoint: stateOf(item.checkpoint) };
  return 'startFrom' in item ? { startFrom: stateOf(item.startFrom) } : item;
}

/** The list of an API, in the order in which it gives its rows. */
export class SimulatedList {
  rows: JsonObject[];
  readonly asked: CursorRange[] = [];

  constructor(
    rows: readonly JsonObject[],
    readonly options: { readonly pageSize?: number; readonly filters?: boolean; readonly field?: string } = {},
  ) {
    this.rows = [...rows];
  }

  /** Gives what a range asks for, page by page; or all, where it knows no filter. */
  read = async function* (this: SimulatedList, range: CursorRange): AsyncGenerator<readonly JsonObject[], void> {
    const { pageSize = 2, filters = true, field = 'updated' } = this.options;
    this.asked.push(range);
    await Promise.resolve();
    const given = this.rows.filter((row) => {
      const value = row[field];
      if (!filters || value === undefined || value === null) return true;
      return isFrom(value, range.from) && !(range.to !== undefined && isFrom(value, range.to));
    });
    for (let first = 0; first < given.length; first += pageSize) yield given.slice(first, first + pageSize);
  }.bind(this);
}

function isFrom(value: unknown, from: string | number | undefined): boolean {
  if (from === undefined) return true;
  if (typeof from === 'number') return Number(value) >= from;
  const [a, b] = [Date.parse(String(value)), Date.parse(from)];
  return Number.isNaN(b) ? String(value) >= from : a >= b;
}
