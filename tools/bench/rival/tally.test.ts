import { describe, expect, test } from '@jest/globals';
import type { Sync } from './sync';
import { tally } from './tally';

const syncOf = (...records: readonly [id: string, time: string][]): Sync => ({
  ids: records.map(([id]) => id),
  times: records.map(([, time]) => time),
  state: undefined,
  seconds: 1,
  end: 'complete',
});

describe('a tally of syncs', () => {
  test('counts nothing when each entry came once, in order', () => {
    const syncs = [syncOf(['1', '00'], ['2', '00'], ['3', '05']), syncOf(['4', '01'])];
    expect(tally(syncs, ['1', '2', '3', '4'])).toEqual({ lost: 0, repeated: 0, outOfOrder: 0 });
  });

  test('counts the entries that never came', () => {
    expect(tally([syncOf(['1', '00'])], ['1', '2', '3'])).toMatchObject({ lost: 2 });
  });

  test('does not count a record of an entry that did not have to come', () => {
    expect(tally([syncOf(['1', '00'], ['9', '01'])], ['1'])).toEqual({ lost: 0, repeated: 0, outOfOrder: 0 });
  });

  test('counts each record of an entry but the first, in whichever sync it came', () => {
    const syncs = [syncOf(['1', '00'], ['1', '00']), syncOf(['1', '00'])];
    expect(tally(syncs, ['1'])).toMatchObject({ repeated: 2 });
  });

  test('counts the records that are older than one before them in the same sync', () => {
    const syncs = [syncOf(['1', '05'], ['2', '03'], ['3', '04'], ['4', '06']), syncOf(['5', '01'])];
    expect(tally(syncs, [])).toMatchObject({ outOfOrder: 2 });
  });
});
