import { describe, expect, test } from '@jest/globals';
import { nextRequests, scattered, tooManyRequests, type Fault } from '../../simulated-tenant/tenant-faults';
import {
  backfill,
  DAY,
  entriesBetween,
  entryAt,
  HOUR,
  idsOf,
  MINUTE,
  numbers,
  SECOND,
  START,
  syncWorld,
  warnings,
} from '../../testing/sync-world';

/** Of a test in which hours pass, in ms. */
const LONG = 60_000;
const config = backfill(START - 31 * DAY);
const entries = entriesBetween(200, START - 30 * DAY, START - HOUR);

const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  kind: 'status',
  status: code,
  headers,
});

describe('429 for ever', () => {
  test.each([
    ['without Retry-After', tooManyRequests(), 61],
    ['with Retry-After: 0', tooManyRequests('0'), 61],
    ['with Retry-After: 600', tooManyRequests('600'), 75],
  ])(
    '%s ends the sync after an hour',
    async (_, fault, minutes) => {
      const { sync, clock, requests } = syncWorld(entries, { config, faultFor: () => fault });
      const run = await sync();
      expect(run.errors).toEqual([
        expect.objectContaining({ failure_type: 'transient_error', message: expect.stringMatching(/nothing but 429/) }),
      ]);
      expect(clock.now() - START).toBeGreaterThanOrEqual(HOUR);
      expect(clock.now() - START).toBeLessThanOrEqual(minutes * MINUTE);
      expect(requests()).toBeLessThan(200);
    },
    LONG,
  );

  test('with a Retry-After of hours ends the sync at once', async () => {
    const { sync, clock } = syncWorld(entries, { config, faultFor: () => tooManyRequests('7200') });
    const run = await sync();
    expect(run.errors).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/asks to wait 120 minutes/) }),
    ]);
    expect(clock.now() - START).toBeLessThan(MINUTE);
  });

  test(
    'to one request alone ends the sync, too, and everything before it is delivered',
    async () => {
      let poisoned: string | undefined;
      const { sync, clock } = syncWorld(entries, {
        config,
        faultFor: (number, query) => {
          if (number === 40) poisoned = query.toString();
          return query.toString() === poisoned ? tooManyRequests('1') : undefined;
        },
      });
      const run = await sync();
      expect(run.errors).toEqual([expect.objectContaining({ failure_type: 'transient_error' })]);
      expect(clock.now() - START).toBeLessThanOrEqual(2 * HOUR);
      expect(idsOf(run)).toEqual(numbers(1, run.records.length));
      expect(run.records.length).toBeGreaterThan(20);
    },
    LONG,
  );
});

test(
  '503 with Retry-After: 0 is tried again ever more slowly, for ten minutes',
  async () => {
    const { sync, clock, requests } = syncWorld(entries, {
      config,
      faultFor: () => status(503, { 'retry-after': '0' }),
    });
    const run = await sync();
    expect(run.errors).toEqual([expect.objectContaining({ failure_type: 'transient_error' })]);
    expect(clock.now() - START).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(clock.now() - START).toBeLessThan(15 * MINUTE);
    expect(requests()).toBeLessThan(100);
    expect(warnings(run).length).toBeLessThan(50);
  },
  LONG,
);

test.each([2, 5, 7])(
  'Scattered 429s cost about the second that each of them names (seed %d)',
  async (seed) => {
    const many = entriesBetween(3000, START - 30 * DAY, START - HOUR);
    const duration = async (share: number) => {
      let refusals = 0;
      let lastRequest = START;
      const refused = scattered(tooManyRequests('1'), { share, seed });
      const { sync, clock } = syncWorld(many, {
        config,
        faultFor: (...request) => {
          const fault = refused(...request);
          if (fault !== undefined) refusals += 1;
          return fault;
        },
      });
      const run = await sync({
        onQuery: () => {
          lastRequest = clock.now();
        },
      });
      expect(idsOf(run)).toEqual(numbers(1, 3000));
      return { ms: lastRequest - START, refusals };
    };
    const quiet = await duration(0);
    const busy = await duration(0.05);
    expect(busy.refusals).toBeGreaterThan(30);
    expect(busy.ms - quiet.ms).toBeLessThan(busy.refusals * 1.2 * SECOND);
  },
  LONG,
);

describe('A passing fault as the twentieth answer of a backfill', () => {
  test.each<[string, Fault]>([
    ['401', status(401)],
    ['403', status(403)],
    ['404', status(404)],
    ['a redirect', { kind: 'redirect' }],
    ['a sign-in page', { kind: 'html' }],
    ['an empty body', { kind: 'empty' }],
    ['a body cut off', { kind: 'cut_json' }],
    ['JSON of another shape', { kind: 'status', status: 200, body: '{"ok":true}' }],
    ['500', status(500)],
    ['a connection closed in the body', { kind: 'reset_in_body' }],
    ['no answer', { kind: 'hang' }],
  ])('is tried again: %s', async (_, fault) => {
    const { sync } = syncWorld(entries, { config, faultFor: (number) => (number === 20 ? fault : undefined) });
    const run = await sync();
    expect(run.errors).toEqual([]);
    expect(idsOf(run)).toEqual(numbers(1, 200));
    expect(warnings(run)).toHaveLength(1);
  });
});

describe('A refusal as the first answer', () => {
  test.each<[string, Fault, RegExp]>([
    ['401', status(401), /does not accept the API key/],
    ['403', status(403), /may not read audit logs/],
    ['a redirect', { kind: 'redirect' }, /redirects/],
  ])('is final: %s', async (_, fault, message) => {
    const { sync, requests } = syncWorld(entries, { config, faultFor: () => fault });
    const run = await sync();
    expect(run.errors).toEqual([
      expect.objectContaining({ failure_type: 'config_error', message: expect.stringMatching(message) }),
    ]);
    expect(requests()).toBe(2);
  });
});

test('JSON of another shape is an error after a few tries', async () => {
  const faultFor = () => ({ kind: 'status', status: 200, body: '{"ok":true}' }) as const;
  const { sync, clock, requests } = syncWorld(entries, { config, faultFor });
  const run = await sync();
  expect(run.errors).toEqual([
    expect.objectContaining({
      failure_type: 'config_error',
      message: expect.stringContaining('JSON that is not a page of audit logs'),
    }),
  ]);
  expect(requests()).toBeLessThanOrEqual(6);
  expect(clock.now() - START).toBeLessThan(MINUTE);
});

test('A burst of faults of all kinds costs no entry', async () => {
  const faults: Fault[] = [
    status(500),
    { kind: 'reset' },
    tooManyRequests(),
    { kind: 'cut_json' },
    status(408),
    { kind: 'hang' },
  ];
  const { sync } = syncWorld(entries, { config, faultFor: nextRequests(...faults, ...faults) });
  expect(idsOf(await sync())).toEqual(numbers(1, 200));
});

test(
  'Pages larger than a page may be are asked for in smaller parts, and none of that size is parsed',
  async () => {
    const note = 'x'.repeat(100_000);
    const large = Array.from({ length: 300 }, (_, index) => entryAt(index + 1, START - DAY + index * MINUTE, { note }));
    const sizes: number[] = [];
    const { sync, model, requests } = syncWorld(large, { config, sizes: 'standard' });
    const respond = model.respond.bind(model);
    model.respond = (query, facts) => {
      const given = respond(query, facts);
      sizes.push(given.body.length);
      return given;
    };
    const accepted: number[] = [];
    const run = await sync({
      onResponse: (_, request) => {
        accepted.push(sizes[request - 1] ?? Infinity);
      },
    });
    expect(run.errors).toEqual([]);
    expect(idsOf(run)).toEqual(numbers(1, 300));
    expect(requests()).toBeLessThan(200);
    expect(Math.max(...sizes)).toBeGreaterThan(25e6);
    expect(Math.max(...accepted)).toBeLessThan(8.5e6);
  },
  LONG,
);
