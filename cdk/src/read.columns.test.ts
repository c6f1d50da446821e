import { describe, expect, test } from '@jest/globals';
import { runSource, type SourceRun } from '../testing';
import { fakeSource, type FakeBehaviour } from '../testing/fake-source';
import type { JsonObject } from './protocol';

const PROPERTIES = { id: {}, name: {}, age: {}, seen: {} };
const descriptor = { json_schema: { type: 'object', properties: PROPERTIES }, source_defined_primary_key: [['id']] };
const ROWS: readonly JsonObject[] = [
  { id: '1', name: 'Minka', age: 3, seen: 'x', undeclared: true },
  { age: 4, id: '2' },
];

function readSelected(names: readonly string[], more: FakeBehaviour = {}): Promise<SourceRun> {
  const json_schema = { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) };
  const streams = [{ stream: { name: 'cats', json_schema }, sync_mode: 'incremental' }];
  const cats = () => [{ records: ROWS }, { checkpoint: { at: 1 } }];
  return runSource(fakeSource({ descriptor, cats, ...more }), ['read'], {
    config: { token: 'tok-1' },
    catalog: { streams },
  });
}

const dataOf = (run: SourceRun): JsonObject[] => run.records.map(({ data }) => data);

describe('columns that the catalog leaves out', () => {
  test('are not written, the key is', async () => {
    const run = await readSelected(['age']);
    expect(dataOf(run)).toEqual([
      { id: '1', age: 3 },
      { age: 4, id: '2' },
    ]);
    expect(run.exitCode).toBe(0);
  });

  test('are told once', async () => {
    const run = await readSelected(['age']);
    expect(run.logs).toEqual([
      { level: 'INFO', message: 'Not selected in the catalog, so left out of stream "cats": name, seen.' },
    ]);
  });

  test('are not warned of', async () => {
    const cats = () => [{ records: [{ id: '1', name: '\ud800', age: 3 }] }, { checkpoint: { at: 1 } }];
    const run = await readSelected(['age'], { cats });
    expect(run.logs.filter(({ level }) => level === 'WARN')).toEqual([]);
  });

  test('may be all that a row has: it is a row all the same', async () => {
    const cats = () => [{ records: [{ name: 'Minka' }] }, { checkpoint: { at: 1 } }];
    const run = await readSelected(['age'], { cats });
    expect([run.exitCode, dataOf(run)]).toEqual([0, [{}]]);
  });
});

test.each([[[]], [Object.keys(PROPERTIES)]])(
  'records are written as they come, and nothing is said, with %j',
  async (names) => {
    const run = await readSelected(names);
    expect(dataOf(run)).toEqual(ROWS);
    expect(run.logs).toEqual([]);
  },
);
