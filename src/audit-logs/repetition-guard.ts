import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import { toEntry } from './entry';
import type { ReadingSizes } from './window-reader';

/** So many times in a row the very same page: then every further page is the same. */
const SAME_PAGES = 3;

/**
 * Ends the reading of a server that repeats itself: one that can't read `page` answers with page 1 for ever. Rows that
 * appear meanwhile push others down, so that pages without anything new are no proof; the same page again and again is,
 * and so is more of the known than could have been pushed.
 */
export class RepetitionGuard {
  private previous = '';
  private same = 0;
  private rowsWithoutNews = 0;

  constructor(private readonly sizes: ReadingSizes) {}

  /**
   * After each page of a reading page after page.
   * @param fresh how many of its rows are new in this reading
   * @throws ConnectorError transient_error
   */
  page(rows: readonly unknown[], fresh: number): void {
    if (fresh > 0) {
      this.same = 0;
      this.rowsWithoutNews = 0;
      this.previous = '';
      return;
    }
    const ids = JSON.stringify(rows.map((row) => toEntry(row).id));
    this.same = ids === this.previous ? this.same + 1 : 1;
    this.previous = ids;
    this.rowsWithoutNews += rows.length;
    if (this.same >= SAME_PAGES || this.rowsWithoutNews > 2 * this.sizes.windowEntries) throw repeatsItselfError();
  }
}

/** A server that does not page as it should. */
export function repeatsItselfError(): ConnectorError {
  return new ConnectorError(
    'Tines shows the same entries page after page, so it does not page through its audit logs as it should. Nothing of this part was delivered. If this lasts, report it to whoever runs the tenant.',
    'transient_error',
  );
}
