import type { StreamItem } from '@airbyte/cdk-typescript-compat';
import type { LookbackCursor } from '@airbyte/cdk-typescript-compat/incremental';
import type { SlicedPage } from '../tines/page';
import { readDenseSecond, type DenseSecondOptions } from './dense-second';
import type { Entry } from './entry-list';
import type { RecordBatch } from './record';
import type { WindowCounts } from './window-counts';
import { WindowEntries } from './window-entries';
import type { Window } from './windows';

/** What a {@link Delivery} works with. */
export interface DeliveryOptions extends DenseSecondOptions {
  readonly cursor: Pick<LookbackCursor, 'deliver' | 'skip' | 'position'>;
  readonly batch: RecordBatch;
  /** Where ranges without an end are taken to end, epoch s. */
  readonly now: number;
  /** Whether an entry is only remembered: it is old at a first sync that starts from now. */
  readonly isOld: (entry: Entry) => boolean;
  /** How much of a dense second is sorted before it is handed over, in bytes of its bodies. */
  readonly bytesSorted: number;
}

type Held = Extract<Window, { kind: 'held' }>;
type DenseSecond = Extract<Window, { kind: 'dense_second' }>;

/** How many records are yielded at once. */
const BATCH = 500;

/** The way of entries from the windows to records: each new one once, ascending within its window. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #gathered = new WindowEntries();
  #delivered = 0;
  #known = 0;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Hands over the new entries of a window, and what the windows before have shown of it. @throws ConnectorError */
  async *deliver(window: Window): AsyncGenerator<StreamItem, WindowCounts> {
    this.#delivered = 0;
    this.#known = 0;
    this.#gathered.start();
    return window.kind === 'held' ? yield* this.#deliverHeld(window) : yield* this.#deliverDenseSecond(window);
  }

  *#deliverHeld({ range, answers, counted }: Held): Generator<StreamItem, WindowCounts> {
    const gathered = this.#gathered;
    for (const answer of answers) gathered.gather(answer, this.#spanOf(range));
    const missing = Math.max(0, (counted ?? 0) - gathered.ids.size);
    gathered.gatherEarlier(range);
    for (const page of [...gathered.earlierPages(), ...answers.map((answer) => answer.page)]) {
      if (!gathered.list.hasAnyOf(page)) this.#release(page);
    }
    yield* this.#emit(range.from);
    return this.#countsOf(range, counted, missing);
  }

  /** A second that isn't held: its entries are sorted as far as they are held. */
  async *#deliverDenseSecond({ range }: DenseSecond): AsyncGenerator<StreamItem, WindowCounts> {
    const gathered = this.#gathered;
    // What the windows before have shown of it comes first, and is not repeated; nor is what several passes show.
    gathered.gatherEarlier(range);
    let bytes = 0;
    const answers = readDenseSecond(range.from, this.#options);
    for (let next = await answers.next(); ; next = await answers.next()) {
      if (next.done === true || bytes > this.#options.bytesSorted) {
        yield* this.#emit(range.from);
        gathered.list.clear();
        bytes = 0;
      }
      if (next.done === true) {
        const { counted, shown } = next.value;
        return this.#countsOf(range, counted, Math.max(0, (counted ?? 0) - shown));
      }
      const { page } = next.value;
      if (gathered.gather(next.value, this.#spanOf(range))) bytes += page.bytes;
      else this.#release(page);
    }
  }

  #spanOf(window: Window['range']) {
    const { cursor, now } = this.#options;
    return { window, from: cursor.position.recentFrom, now };
  }

  /** @param from the first second of the window: older entries were counted as known with theirs, if they are */
  *#emit(from: number): Generator<StreamItem, void> {
    const { batch } = this.#options;
    const order = this.#gathered.list.oldestFirst();
    for (let next = 0; next < order.length;) {
      next = this.#fill(order, next, from);
      if (batch.size > 0) yield { records: batch.take() };
    }
  }

  /** Fills the batch with the new ones of the entries from the `next`th on, and lets go of pages. @returns how far it came */
  #fill(order: Uint32Array, next: number, from: number): number {
    const { cursor, batch, isOld } = this.#options;
    const { list } = this.#gathered;
    for (; next < order.length && batch.size < BATCH; next += 1) {
      const place = order[next] ?? 0;
      const entry = list.entryAt(place);
      const { page, row, second, time } = entry;
      const id = page.idOf(row);
      if (isOld(entry)) cursor.skip(id, second);
      else if (!cursor.deliver(id, second, time)) this.#known += second < from ? 0 : 1;
      else {
        this.#delivered += 1;
        batch.add(page, row, time);
      }
      if (list.use(place)) this.#release(page);
    }
    return next;
  }

  #countsOf(range: Window['range'], counted: number | undefined, missing: number): WindowCounts {
    const delivered = this.#delivered;
    const known = this.#known;
    const { withoutId, withoutTime, hasConflicts } = this.#gathered;
    const all = counted === undefined ? undefined : delivered + known + missing;
    return { range, delivered, known, counted: all, missing, withoutId, withoutTime, hasConflicts };
  }

  #release(page: SlicedPage): void {
    if (!this.#gathered.isAhead(page)) page.release();
  }
}
