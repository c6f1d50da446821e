import { PageTooHeavyError } from '../tines/errors';
import type { StoredBody } from '../tines/body-store';
import type { Page, TinesClient } from '../tines/client';
import { boundsOf, type Window } from './window';
import type { Workers } from './workers';

/** Pages of windows, fetched by the workers: page 1 of each window before the rest, and older windows before newer ones. */
export class PageSource {
  private latestNow = 0;

  constructor(
    private readonly client: TinesClient,
    private readonly workers: Workers,
    private readonly signal: AbortSignal,
  ) {}

  /** The server's clock as of the latest answer, epoch ms, cut to the second. */
  get serverNow(): number {
    return this.latestNow;
  }

  /** The same in epoch s: where an open window ends for now. */
  get now(): number {
    return Math.floor(this.latestNow / 1000);
  }

  /**
   * Gets one page of a window.
   * @param divisible whether less can be asked for when the page is too heavy
   * @throws PageTooHeavyError, ConnectorError
   */
  async fetch(window: Window, page: number, perPage: number, divisible: boolean): Promise<Page> {
    const request = { ...boundsOf(window), page, perPage };
    // Before page 1 of a window is here, nobody knows what else to ask for: so it never waits for the rest of another.
    const priority = page === 1 ? window.from - HEAD_START : window.from;
    const answer = await this.workers.run(priority, () => this.client.page(request, this.signal, divisible));
    this.arrived(answer.serverNow, answer.bytes, divisible);
    return answer;
  }

  /** The same, to be parsed later: free it then. */
  async fetchBody(window: Window, page: number, perPage: number, divisible: boolean): Promise<StoredBody> {
    const request = { ...boundsOf(window), page, perPage };
    const answer = await this.workers.run(window.from, () => this.client.pageBody(request, this.signal, divisible));
    this.arrived(answer.serverNow, answer.body.bytes.length, divisible);
    return answer.body;
  }

  private arrived(serverNow: number, bytes: number, divisible: boolean): void {
    this.latestNow = Math.max(this.latestNow, serverNow);
    if (bytes > MAX_PAGE_BYTES && divisible) throw new PageTooHeavyError(`a page has ${bytes} bytes`);
  }
}

/** In s, more than a range can have. */
const HEAD_START = 1e12;
/** Several of these are held at once: above, fewer rows are asked for. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024;
