import type { DatedEntry } from './entry';
import type { SavedState } from './state';

/** The largest `recent_ids` that a STATE carries, in characters of JSON. */
const MAX_RECENT_CHARACTERS = 1_000_000;
/** What a timestamp and an id cost in that JSON beside the id itself. */
const GROUP_CHARACTERS = 30;
const ID_CHARACTERS = 3;

/**
 * Knows where the read stands and which entries from `recentFrom` on were delivered. Whether an entry is new is
 * decided by its id alone, never by the position: late entries have lower ids and timestamps.
 */
export class AscendingCursor {
  private position: string;
  private lastId: string | undefined;
  private from: string;
  private readonly delivered = new Set<string>();
  /** The same ids by the timestamp until which they are remembered. */
  private readonly groups = new Map<string, string[]>();
  private characters = 0;
  private dropped = 0;

  constructor(
    start: Pick<SavedState, 'timestamp' | 'id' | 'recentFrom' | 'recentIds'>,
    private readonly maxCharacters = MAX_RECENT_CHARACTERS,
  ) {
    this.position = start.timestamp;
    this.lastId = start.id;
    this.from = start.recentFrom;
    for (const [until, ids] of start.recentIds) for (const id of ids) this.remember(id, until);
  }

  /** Everything visible below it was delivered. A normalized timestamp. */
  get timestamp(): string {
    return this.position;
  }

  /** Where the next sync starts reading. A normalized timestamp. */
  get recentFrom(): string {
    return this.from;
  }

  /** How many delivered entries are known by their id. */
  get rememberedIds(): number {
    return this.delivered.size;
  }

  /** How many ids had to be forgotten since the last call because the state would grow too large. */
  takeDropped(): number {
    const dropped = this.dropped;
    this.dropped = 0;
    return dropped;
  }

  /** Those of the entries that were not delivered yet; from now on they are. Keeps the order. */
  takeNew(entries: readonly DatedEntry[]): DatedEntry[] {
    const fresh = entries.filter((entry) => this.remember(entry.id, entry.rememberUntil ?? entry.timestamp));
    const last = fresh.at(-1);
    if (last !== undefined) this.lastId = last.id;
    return fresh;
  }

  /** Marks entries as delivered although they lie before the first range: they are old, and not asked for. */
  skip(entries: readonly DatedEntry[]): void {
    for (const entry of entries) this.remember(entry.id, entry.rememberUntil ?? entry.timestamp);
  }

  /**
   * Closes a window: everything below `end` that was visible is delivered.
   * @param end normalized timestamp; the position never moves backwards
   * @param lookbackFrom the start of this sync less the lookback, a normalized timestamp
   */
  closeWindow(end: string, lookbackFrom: string): void {
    if (end > this.position) this.position = end;
    const from = end < lookbackFrom ? end : lookbackFrom;
    if (from > this.from) this.from = from;
    for (const until of this.groups.keys()) if (until < this.from) this.forget(until);
    this.fitState();
  }

  /** What a later sync needs to go on from here. */
  state(config: string): SavedState {
    const recentIds = new Map([...this.groups].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return { timestamp: this.position, id: this.lastId, recentFrom: this.from, recentIds, config };
  }

  /** @returns false when it was remembered already */
  private remember(id: string, until: string): boolean {
    if (this.delivered.has(id)) return false;
    this.delivered.add(id);
    const group = this.groups.get(until);
    if (group === undefined) {
      this.groups.set(until, [id]);
      this.characters += GROUP_CHARACTERS;
    } else {
      group.push(id);
    }
    this.characters += id.length + ID_CHARACTERS;
    return true;
  }

  private forget(until: string): number {
    const ids = this.groups.get(until) ?? [];
    this.groups.delete(until);
    this.characters -= GROUP_CHARACTERS;
    for (const id of ids) {
      this.delivered.delete(id);
      this.characters -= id.length + ID_CHARACTERS;
    }
    return ids.length;
  }

  private fitState(): void {
    if (this.characters <= this.maxCharacters) return;
    for (const until of [...this.groups.keys()].sort()) {
      if (this.characters <= this.maxCharacters) return;
      this.dropped += this.forget(until);
    }
  }
}
