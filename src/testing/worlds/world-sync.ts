import { tooManyRequests, type Fault } from '../../../simulated-tenant/tenant-faults';
import type { Dice } from './dice';
import type { Event, Insertion, SyncPlan, WorldKind } from './world';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Draws a sync. @param index from 0 */
export function drawSync(dice: Dice, kind: WorldKind, index: number): SyncPlan {
  const lookbackMinutes = dice.pick([1, 10, 10, 10, 60, 600]);
  const insertion = (): Insertion => drawInsertion(dice, lookbackMinutes * MINUTE_MS);
  const isTimely = kind === 'time' || kind === 'all';
  const busy = dice.pick([0, 2, 6]);
  const event = (): Event => drawEvent(dice, insertion);
  const from = dice.pick([20, 100, 1000]);
  return {
    pauseMs: dice.magnitude(1, dice.pick([3_000, 30 * MINUTE_MS, DAY_MS])),
    before: dice.several(dice.pick([0, 0, 1, 3]), insertion),
    events: new Map(dice.several(dice.whole(0, busy), () => [dice.magnitude(1, 80), event()] as const)),
    lookbackMinutes,
    workers: dice.pick([1, 2, 3, 10]),
    requestsPerMinute: dice.pick([950, 950, 30]),
    reaches: dice.chance(0.3) ? dice.share() : 1,
    stopAtRequest: dice.chance(0.1) ? dice.magnitude(1, 60) : undefined,
    latencyMs: { from, to: from * dice.pick([1, 4, 30]), seed: dice.whole(1, 1e9) },
    skewMs: isTimely && dice.chance(0.4) ? dice.pick([-1, 1]) * dice.magnitude(500, 2 * DAY_MS) : 0,
    skewedRequest: dice.chance(0.3) ? dice.magnitude(1, 20) : undefined,
    isFirstEmpty: isTimely && dice.chance(0.06),
    isRefresh: index > 0 && dice.chance(0.05),
  };
}

function drawInsertion(dice: Dice, lookbackMs: number): Insertion {
  const lateMs = dice.pick([
    0,
    dice.whole(0, 3000),
    dice.whole(0, lookbackMs),
    dice.whole(0, lookbackMs),
    dice.magnitude(1000, 30 * DAY_MS),
  ]);
  return {
    lateMs,
    ...(dice.chance(0.2) ? { beside: dice.share() } : {}),
    count: dice.chance(0.05) ? dice.whole(7, 30) : dice.whole(1, 6),
    ids: dice.pick(['of_their_time', 'highest'] as const),
  };
}

function drawEvent(dice: Dice, insertion: () => Insertion): Event {
  const what = dice.share();
  if (what < 0.5) return { kind: 'insertion', insertion: insertion() };
  if (what < 0.55) return { kind: 'purge', olderThanMs: dice.magnitude(MINUTE_MS, 20 * DAY_MS) };
  if (what < 0.65) return { kind: 'refusal', fault: drawRefusal(dice) };
  return { kind: 'fault', fault: drawFault(dice) };
}

function drawRefusal(dice: Dice): Fault {
  return dice.chance(0.25) ? { kind: 'redirect' } : { kind: 'status', status: dice.pick([401, 403, 404]) };
}

function drawFault(dice: Dice): Fault {
  return dice.pick<Fault>([
    { kind: 'reset' },
    { kind: 'reset_in_body' },
    { kind: 'cut_json' },
    { kind: 'hang' },
    { kind: 'html' },
    { kind: 'empty' },
    { kind: 'status', status: dice.pick([500, 502, 503, 504, 408]) },
    { kind: 'status', status: 503, headers: { 'retry-after': String(dice.whole(0, 20)) } },
    tooManyRequests(dice.chance(0.7) ? String(dice.whole(0, 20)) : undefined),
  ]);
}
