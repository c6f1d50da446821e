import type { Log } from '@airbyte/cdk-typescript-compat';
import type { Clock } from '../clock';
import type { WholeWindow } from './window-reader';

/** No more progress lines than one in this time, in ms. */
const INTERVAL_MS = 10_000;

/** Counts what a sync does, says how far it is, and proves at the end that it is complete. */
export class Progress {
  private delivered = 0;
  private repeated = 0;
  private counted: number | undefined = 0;
  private windows = 0;
  private readAgain = 0;
  private pageAfterPage = 0;
  private readonly startedAt: number;
  private lastLine: number;

  /**
   * @param expected how many entries Tines counts in the range; undefined where it doesn't count
   */
  constructor(
    private readonly expected: number | undefined,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.startedAt = clock.now();
    this.lastLine = this.startedAt;
  }

  /** After entries were taken from a page or a window. */
  entries(fresh: number, all: number): void {
    this.delivered += fresh;
    this.repeated += all - fresh;
  }

  /** After a window. */
  window(window: Pick<WholeWindow, 'counted' | 'readAgain' | 'pageAfterPage'>): void {
    this.windows += 1;
    if (window.readAgain) this.readAgain += 1;
    if (window.pageAfterPage) this.pageAfterPage += 1;
    this.counted =
      this.counted === undefined || window.counted === undefined ? undefined : this.counted + window.counted;
    this.line();
  }

  /** The line at the end of a sync that was read to its end. */
  finish(requests: number): void {
    const before = this.repeated === 0 ? '' : `, ${number(this.repeated)} had been delivered before`;
    const counted =
      this.counted === undefined
        ? 'Tines does not count them'
        : `Tines counts ${number(this.counted)} in the same range`;
    this.log(
      'INFO',
      `Complete: ${number(this.delivered)} entries delivered${before}; ${counted}; ${number(this.windows)} windows checked, ${number(this.readAgain)} read again, ${number(this.pageAfterPage)} read page after page; ${number(requests)} requests`,
    );
  }

  private line(): void {
    const now = this.clock.now();
    if (now - this.lastLine < INTERVAL_MS) return;
    this.lastLine = now;
    const seen = this.delivered + this.repeated;
    const perSecond = seen / ((now - this.startedAt) / 1000);
    const rate = `${number(Math.round(perSecond))} entries a second`;
    if (this.expected === undefined || this.expected === 0) {
      this.log('INFO', `${number(this.delivered)} entries delivered, ${rate}`);
      return;
    }
    const share = Math.min(100, (100 * seen) / this.expected);
    const left = perSecond === 0 ? '' : `, about ${duration(Math.max(0, this.expected - seen) / perSecond)} left`;
    this.log('INFO', `${number(this.delivered)} entries delivered, ${share.toFixed(0)} % of the range, ${rate}${left}`);
  }
}

const number = (value: number): string => value.toLocaleString('en-US');

function duration(seconds: number): string {
  return seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
