import { describe, expect, test } from '@jest/globals';
import type { AirbyteMessage, RecordMessage } from '@airbyte/cdk-typescript-compat';
import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import { simulateSync, type SimulatedSync } from '../simulated-sync';
import { entryAt, type EntryStyle } from './entries';
import { playWorld } from './story';
import { quietSync } from './syncs';
import { drawWorld, worldKinds, type World } from './world';

const START = Date.parse('2026-03-02T12:00:00Z');
const MINUTE = 60_000;

const style: EntryStyle = { times: 'created_at', deltaMs: { from: 0, to: 1 }, ids: 'numbers' };
const plan = quietSync(60 * MINUTE, { filters: { userIds: [], operationNames: [] }, lookbackMinutes: 10, skewMs: 0 });

/** 100 entries, one a minute, of which the oldest lies before the start; 40 of them come between two syncs. */
const world: World = {
  kind: 'life',
  seed: 1,
  startsAt: START,
  aheadMs: 0,
  entries: Array.from({ length: 100 }, (_, index) =>
    entryAt({ number: 1001 + index, at: START + (index - 59.5) * MINUTE }, style),
  ),
  style,
  server: {},
  disliked: new Set(),
  sizes: { perPage: 30, pages: 4, bytes: 100_000, bytesHeld: 400_000 },
  start: 'backfill',
  backfillFrom: START - 59 * MINUTE,
  syncs: [{ ...plan, pauseMs: 0 }, plan],
};

/** The world, but one sync's output reaches the reader as something else. */
function playedWith(change: (run: SourceRun, options: SimulatedSync) => SourceRun, changed = 2): Promise<unknown> {
  let syncs = 0;
  return playWorld(world, {
    sync: async (options) => {
      syncs += 1;
      const run = await simulateSync(options);
      return syncs === changed ? change(run, options) : run;
    },
  });
}

const withRecords = (run: SourceRun, records: readonly RecordMessage['record'][]): SourceRun => {
  const others = run.messages.filter(({ type }) => type !== 'RECORD');
  const messages: AirbyteMessage[] = records.map((record) => ({ type: 'RECORD', record }));
  return { ...run, records, messages: [...messages, ...others] };
};

describe('the law holds for the connector, and would not if', () => {
  test('nothing is changed: it holds', async () => {
    expect(await playWorld(world)).toMatchObject({ worlds: 1, syncs: 4, complete: 4, failed: 0 });
  });

  test('a record were lost', async () => {
    await expect(playedWith((run) => withRecords(run, run.records.slice(1)))).rejects.toThrow(/1 are missing/);
  });

  test('a record came twice in a sync', async () => {
    const repeated = playedWith((run) => withRecords(run, [...run.records, ...run.records.slice(-1)]));

    await expect(repeated).rejects.toThrow(/delivered twice/);
  });

  test('a record came again in a later sync', async () => {
    let first: readonly RecordMessage['record'][] = [];
    let syncs = 0;
    const repeated = playWorld(world, {
      sync: async (options) => {
        const run = await simulateSync(options);
        syncs += 1;
        if (syncs === 1) first = run.records.slice(-1);
        return syncs === 2 ? withRecords(run, [...first, ...run.records]) : run;
      },
    });

    await expect(repeated).rejects.toThrow(/delivered twice/);
  });

  test('two records changed places', async () => {
    const [from, to] = [3, 4];
    const swapped = playedWith((run) => {
      const records = [...run.records];
      records.splice(from, 2, ...run.records.slice(from, to + 1).reverse());
      return withRecords(run, records);
    });

    await expect(swapped).rejects.toThrow(/comes after one of/);
  });

  test('a record were older than the configured start', async () => {
    const older = playedWith((run) => {
      const [record] = run.records;
      if (record === undefined) throw new Error('no record');
      const data = { ...record.data, id: '1001' };
      return withRecords(run, [{ ...record, data }, ...run.records]);
    }, 1);

    await expect(older).rejects.toThrow(/is older than/);
  });

  test('a sync called itself complete, though its first response has counted more', async () => {
    const played = playWorld(
      { ...world, server: { count: { kind: 'offset', by: 1 } } },
      {
        sync: async (options) => {
          const run = await simulateSync(options);
          return { ...run, logs: [...run.logs, { level: 'INFO', message: 'Complete: 1' }] };
        },
      },
    );

    await expect(played).rejects.toThrow(/"Complete", but the first response has counted 60, and 59 came/);
  });

  test('a sync failed without a reason', async () => {
    const error = { failure_type: 'transient_error', message: 'Tines could not be read' } as const;

    await expect(playedWith((run) => ({ ...run, errors: [error] }))).rejects.toThrow(/failed without a reason/);
  });

  test('a sync named a second that can be read', async () => {
    const message = "Tines can't give an entry of the second 2026-03-02T12:00:30Z";
    const error = { failure_type: 'transient_error', message } as const;

    await expect(playedWith((run) => ({ ...run, errors: [error] }))).rejects.toThrow(/a second that can be read/);
  });

  test('a sync sent needless requests', async () => {
    const wasteful = playedWith((run, { onQuery }) => {
      for (let index = 0; index < 60; index += 1) onQuery?.(new URLSearchParams('after=2026-03-02T11:49:00Z'));
      return run;
    });

    await expect(wasteful).rejects.toThrow(/requests where \d+ are enough/);
  });
});

describe('a world', () => {
  test.each(worldKinds)('of the kind %s is the same one for the same seed', (kind) => {
    expect(JSON.stringify(drawWorld(kind, 7))).toBe(JSON.stringify(drawWorld(kind, 7)));
    expect(JSON.stringify(drawWorld(kind, 7))).not.toBe(JSON.stringify(drawWorld(kind, 8)));
  });
});
