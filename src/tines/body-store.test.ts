import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BodyStore, BodyTooLargeError, type StoredBody } from './body-store';

const MB = 1024 * 1024;

// eslint-disable-next-line @typescript-eslint/require-await -- what arrives is asynchronous by nature
async function* piecesOf(...pieces: Buffer[]): AsyncGenerator<Buffer> {
  yield* pieces;
}

const receive = (store: BodyStore, body: Buffer, expected = body.length): Promise<StoredBody> =>
  store.receive(piecesOf(body), expected, MB);

test('pieces become one body, whatever length was expected', async () => {
  const pieces = [Buffer.from('{"audit'), Buffer.from('_logs":'), Buffer.alloc(100_000, 'x'), Buffer.from(']}')];
  for (const expected of [0, 7, 100_016, 900_000]) {
    const { bytes } = await new BodyStore().receive(piecesOf(...pieces), expected, MB);
    expect(bytes.equals(Buffer.concat(pieces))).toBe(true);
  }
});

test('a body that has come is no longer that of the buffer it came in', async () => {
  const piece = Buffer.from('{}');
  const { bytes } = await receive(new BodyStore(), piece);
  piece.fill(0);
  expect(bytes.toString()).toBe('{}');
});

test('the place of a freed body is used again', async () => {
  const store = new BodyStore();
  const first = await receive(store, Buffer.alloc(100_000));
  first.free();
  expect((await receive(store, Buffer.alloc(90_000))).bytes.buffer).toBe(first.bytes.buffer);
});

describe('a body that is too large', () => {
  test('is refused as soon as it is', async () => {
    const pieces = piecesOf(Buffer.alloc(MB), Buffer.alloc(1));
    await expect(new BodyStore().receive(pieces, 0, MB)).rejects.toThrow(BodyTooLargeError);
  });

  test('is not believed to be as large as it says', async () => {
    const { bytes } = await new BodyStore().receive(piecesOf(Buffer.from('{}')), Number.MAX_SAFE_INTEGER, MB);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(MB);
  });
});

test('bodies of all sizes never get into the place of one that is still kept', async () => {
  const step = fc.record({ length: fc.integer({ min: 0, max: 300_000 }), frees: fc.nat(3), expected: fc.nat(300_000) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const store = new BodyStore();
      let kept: { body: Buffer; stored: StoredBody }[] = [];
      for (const [index, { length, frees, expected }] of steps.entries()) {
        const body = Buffer.alloc(length, index + 1);
        kept.push({ body, stored: await receive(store, body, expected) });
        kept.slice(0, frees).forEach(({ stored }) => {
          stored.free();
        });
        kept = kept.slice(frees);
        for (const { body: wanted, stored } of kept) expect(stored.bytes.equals(wanted)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});
