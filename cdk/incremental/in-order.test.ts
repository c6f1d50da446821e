import { describe, expect, test } from '@jest/globals';
import { hasRoomForRows, inOrder, type InOrderOptions, type SliceReading } from './in-order';

type Reading = SliceReading<string, string>;

/** Readings that a test ends one by one. */
class Desk {
  readonly begun: string[] = [];
  private readonly ends = new Map<string, { resolve: (reading: Reading) => void; reject: (error: Error) => void }>();

  read = (slice: string): Promise<Reading> => {
    this.begun.push(slice);
    return new Promise((resolve, reject) => {
      this.ends.set(slice, { resolve, reject });
    });
  };

  async finish(slice: string, reading: Reading = { kind: 'result', result: slice.toUpperCase() }): Promise<void> {
    this.ends.get(slice)?.resolve(reading);
    await settle();
  }

  async fail(slice: string): Promise<void> {
    this.ends.get(slice)?.reject(new Error(slice));
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function reading(slices: Iterable<string>, more: Partial<InOrderOptions<string, string>> = {}) {
  const desk = new Desk();
  const results: string[] = [];
  const generator = inOrder(slices, { read: desk.read, workers: 2, hasRoom: () => true, ...more });
  const done = (async () => {
    for await (const result of generator) results.push(result);
  })();
  return { desk, results, done };
}

describe('inOrder', () => {
  test('gives results in the order of the slices, whichever is read first', async () => {
    const { desk, results, done } = reading(['a', 'b', 'c']);
    await desk.finish('b');
    await desk.finish('c');
    expect(results).toEqual([]);
    await desk.finish('a');
    await done;
    expect(results).toEqual(['A', 'B', 'C']);
  });

  test('reads as many slices at a time as there are workers', async () => {
    const { desk, done } = reading(['a', 'b', 'c', 'd']);
    await settle();
    expect(desk.begun).toEqual(['a', 'b']);
    await desk.finish('b');
    expect(desk.begun).toEqual(['a', 'b', 'c']);
    for (const slice of ['a', 'c', 'd']) await desk.finish(slice);
    await done;
    expect(desk.begun).toEqual(['a', 'b', 'c', 'd']);
  });

  test('reads ahead only where there is room, and shows what waits, in order', async () => {
    const seen: (readonly (string | undefined)[])[] = [];
    const hasRoom = (waiting: readonly (string | undefined)[]): boolean => {
      seen.push(waiting);
      return waiting.length < 2;
    };
    const { desk, done } = reading(['a', 'b', 'c'], { workers: 9, hasRoom });
    await desk.finish('b');
    expect(desk.begun).toEqual(['a', 'b']);
    expect(seen.at(-1)).toEqual([undefined, 'B']);
    await desk.finish('a');
    expect(desk.begun).toEqual(['a', 'b', 'c']);
    await desk.finish('c');
    await done;
  });

  test('reads on while a result is used, and counts that as held until the next one is asked for', async () => {
    const seen: (readonly (string | undefined)[])[] = [];
    const hasRoom = (held: readonly (string | undefined)[]): boolean => {
      seen.push(held);
      return held.length < 2;
    };
    const desk = new Desk();
    const generator = inOrder(['a', 'b', 'c', 'd'], { read: desk.read, workers: 9, hasRoom });
    const first = generator.next();
    await desk.finish('a');
    expect(await first).toEqual({ done: false, value: 'A' });
    expect([desk.begun, seen.at(-1)]).toEqual([
      ['a', 'b'],
      ['A', undefined],
    ]);
    await desk.finish('b');
    expect([desk.begun, seen.at(-1)]).toEqual([
      ['a', 'b'],
      ['A', 'B'],
    ]);
    expect(await generator.next()).toEqual({ done: false, value: 'B' });
    expect([desk.begun, seen.at(-1)]).toEqual([
      ['a', 'b', 'c'],
      ['B', undefined],
    ]);
    await generator.return();
  });

  test('reads the first slice also where there is no room', async () => {
    const { desk, results, done } = reading(['a', 'b'], { hasRoom: () => false });
    await desk.finish('a');
    expect(desk.begun).toEqual(['a', 'b']);
    await desk.finish('b');
    await done;
    expect(results).toEqual(['A', 'B']);
  });

  test('takes slices only as their turn comes near', async () => {
    const taken: string[] = [];
    function* slices(): Generator<string> {
      for (const slice of ['a', 'b', 'c', 'd']) {
        taken.push(slice);
        yield slice;
      }
    }
    const { desk, done } = reading(slices());
    await settle();
    expect(taken).toEqual(['a', 'b']);
    for (const slice of ['a', 'b', 'c', 'd']) await desk.finish(slice);
    await done;
  });

  test('puts the slices that come instead of one in its place', async () => {
    const { desk, results, done } = reading(['a', 'b']);
    await desk.finish('b');
    await desk.finish('a', { kind: 'instead', slices: ['a1', 'a2', 'a3'] });
    expect(desk.begun).toEqual(['a', 'b', 'a1', 'a2']);
    for (const slice of ['a2', 'a1', 'a3']) await desk.finish(slice);
    await done;
    expect(results).toEqual(['A1', 'A2', 'A3', 'B']);
  });

  test('goes on where nothing comes instead of a slice', async () => {
    const { desk, results, done } = reading(['a', 'b']);
    await desk.finish('a', { kind: 'instead', slices: [] });
    await desk.finish('b');
    await done;
    expect(results).toEqual(['B']);
  });

  test('throws an error when everything before it was handed over', async () => {
    const { desk, results, done } = reading(['a', 'b', 'c']);
    const failed = expect(done).rejects.toThrow('b');
    await desk.fail('b');
    expect(results).toEqual([]);
    await desk.finish('a');
    await failed;
    expect(results).toEqual(['A']);
  });

  test('leaves out what has failed when it shows what waits', async () => {
    const seen: (readonly (string | undefined)[])[] = [];
    const hasRoom = (waiting: readonly (string | undefined)[]): boolean => {
      seen.push(waiting);
      return true;
    };
    const { desk, done } = reading(['a', 'b', 'c'], { hasRoom });
    const failed = expect(done).rejects.toThrow('b');
    await desk.fail('b');
    expect(seen.at(-1)).toEqual([undefined, undefined]);
    await desk.finish('a');
    await failed;
  });

  test('begins with nothing before the first result is asked for', async () => {
    const desk = new Desk();
    const generator = inOrder(['a', 'b'], { read: desk.read, workers: 2, hasRoom: () => true });
    await settle();
    expect(desk.begun).toEqual([]);
    await generator.return();
    expect(desk.begun).toEqual([]);
  });

  test('ends without an error when its reader leaves early', async () => {
    const desk = new Desk();
    const generator = inOrder(['a', 'b', 'c'], { read: desk.read, workers: 2, hasRoom: () => true });
    const first = generator.next();
    await desk.finish('a');
    expect(await first).toEqual({ done: false, value: 'A' });
    await generator.return();
    await desk.fail('b');
    expect(await generator.next()).toEqual({ done: true, value: undefined });
  });

  test('gives nothing where there are no slices', async () => {
    const { results, done } = reading([]);
    await done;
    expect(results).toEqual([]);
  });
});

test.each<[string, readonly (readonly number[] | undefined)[], boolean]>([
  ['few rows', [[1, 2], undefined, []], true],
  ['20,000 rows', [Array.from({ length: 19_999 }, Number), [1]], false],
  ['500 slices, though they are empty', Array.from({ length: 500 }, () => []), false],
])('where %s wait there may be room', (_, held, hasRoom) => {
  expect(hasRoomForRows(held)).toBe(hasRoom);
});
