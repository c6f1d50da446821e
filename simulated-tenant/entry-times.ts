import type { Random } from './random';

/** `even`: the same density everywhere. `office_hours`: quiet nights and weekends (UTC), sessions and bursts. */
export type EntrySpread = 'even' | 'office_hours';

/** How many entries, over which time: `from` (included) to `to` (excluded), epoch ms. */
export interface TimeRange {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

const HOUR_MS = 3_600_000;
const MOST_BUCKETS = 50_000;

/** `count` times within the range, ascending, in ms with microseconds as a fraction; several share a second. */
export function entryTimes(random: Random, spread: EntrySpread, range: TimeRange): Float64Array {
  switch (spread) {
    case 'even':
      return evenTimes(random, range);
    case 'office_hours':
      return officeTimes(random, range);
  }
}

function evenTimes(random: Random, { count, from, to }: TimeRange): Float64Array {
  const times = new Float64Array(count);
  let last = from;
  for (let index = 0; index < count; index++) {
    const sharesSecond = index > 0 && random() < 0.08;
    const at = sharesSecond
      ? last + random() * (1000 - (last % 1000)) * 0.9
      : from + ((index + random()) / count) * (to - from);
    last = inRange(Math.max(at, last), from, to);
    times[index] = last;
  }
  return times;
}

/** Sessions of a person's clicks, their starts following the hour's weight; a few are bursts within a second or two. */
function officeTimes(random: Random, range: TimeRange): Float64Array {
  const { count, from, to } = range;
  const startAt = weightedClock(random, range);
  const times = new Float64Array(count);
  let index = 0;
  while (index < count) {
    const isBurst = random() < 0.015;
    const size = Math.min(count - index, 1 + Math.floor(random() * (isBurst ? 60 : 9)));
    let at = startAt((index + random() * size) / count);
    for (let member = 0; member < size; member++) {
      // What would come after the end of the range came as long before it: all at once would be another tenant.
      times[index++] = inRange(at < to ? at : 2 * to - at, from, to);
      at += isBurst ? random() * 50 : -Math.log(1 - random()) * 6000;
    }
  }
  return times.sort();
}

/** Maps 0..1 to a time of the range such that busy hours get more of it. */
function weightedClock(random: Random, { from, to }: TimeRange): (share: number) => number {
  const bucketMs = Math.max(Math.min(HOUR_MS, to - from), (to - from) / MOST_BUCKETS, 1);
  const sums = [0];
  for (let start = from; start < to; start += bucketMs) {
    const share = Math.min(1, (to - start) / bucketMs);
    sums.push((sums.at(-1) ?? 0) + share * hourWeight(start) * (0.6 + random() * 0.8));
  }
  const total = sums.at(-1) ?? 0;
  return (share) => {
    const goal = Math.min(share, 0.999999) * total;
    let [low, high] = [0, sums.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) <= goal) low = middle;
      else high = middle;
    }
    const [below = 0, above = 1] = [sums[low], sums[high]];
    const start = from + low * bucketMs;
    return start + ((goal - below) / (above - below)) * Math.min(bucketMs, to - start);
  };
}

function hourWeight(at: number): number {
  const date = new Date(at);
  const hour = date.getUTCHours();
  const isWeekend = date.getUTCDay() % 6 === 0;
  if (isWeekend) return hour >= 9 && hour < 18 ? 0.5 : 0.15;
  if (hour >= 8 && hour < 18) return 10;
  return hour >= 6 && hour < 21 ? 2 : 0.4;
}

/** Cut to microseconds, and kept before the end of the range. */
function inRange(at: number, from: number, to: number): number {
  const microseconds = Math.floor(Math.min(at, to) * 1000) / 1000;
  return microseconds >= to ? Math.max(from, to - 0.001) : Math.max(from, microseconds);
}
