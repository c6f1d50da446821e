import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PassThrough, Readable } from 'node:stream';
import { BufferPool, BodyTooLargeError, type StoredBody } from './buffer-pool';

const MB = 1024 * 1024;

const piecesOf = (...pieces: Buffer[]): Readable => Readable.from(pieces, { objectMode: false });

const receive = (pool: BufferPool, body: Buffer, expected = body.length): Promise<StoredBody> =>
  pool.receive(piecesOf(body), expected, MB);

test('pieces become one body, whatever length was expected', async () => {
  const pieces = [Buffer.from('{"audit'), Buffer.from('_logs":'), Buffer.alloc(100_000, 'x'), Buffer.from(']}')];
  for (const expected of [undefined, 0, 7, 100_016, 900_000]) {
    const { bytes } = await new BufferPool().receive(piecesOf(...pieces), expected, MB);
    expect(bytes.equals(Buffer.concat(pieces))).toBe(true);
  }
});

test('a body that has come is no longer that of the buffer it came in', async () => {
  const piece = Buffer.from('{}');
  const { bytes } = await receive(new BufferPool(), piece);
  piece.fill(0);
  expect(bytes.toString()).toBe('{}');
});

test('the buffer of a freed body is used again', async () => {
  const pool = new BufferPool();
  const first = await receive(pool, Buffer.alloc(100_000));
  first.free();
  expect((await receive(pool, Buffer.alloc(90_000))).bytes.buffer).toBe(first.bytes.buffer);
});

test('a body that is freed twice gives its buffer to one body only', async () => {
  const pool = new BufferPool();
  const first = await receive(pool, Buffer.from('first'));
  first.free();
  first.free();
  const second = await receive(pool, Buffer.from('second'));
  await receive(pool, Buffer.from('third'));
  expect(second.bytes.toString()).toBe('second');
});

test('a buffer that was given back too late, again, stays with the body that has it', async () => {
  const pool = new BufferPool();
  const first = await receive(pool, Buffer.from('first'));
  first.free();
  const second = await receive(pool, Buffer.from('second'));
  first.free();
  await receive(pool, Buffer.from('third'));
  expect(second.bytes.toString()).toBe('second');
});

describe('a body that is too large', () => {
  test('is refused as soon as it is', async () => {
    const pieces = piecesOf(Buffer.alloc(MB), Buffer.alloc(1));
    await expect(new BufferPool().receive(pieces, 0, MB)).rejects.toThrow(BodyTooLargeError);
  });

  test('is not believed to be as large as it says', async () => {
    const { bytes } = await new BufferPool().receive(piecesOf(Buffer.from('{}')), Number.MAX_SAFE_INTEGER, MB);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(MB);
  });
});

test('a body that turns out longer gets a buffer for what it may have at most', async () => {
  const pieces = Array.from({ length: 9 }, () => Buffer.alloc(100_000));
  const { bytes } = await new BufferPool().receive(piecesOf(...pieces), 0, 900_000);
  expect(bytes.buffer.byteLength).toBe(MB);
});

test('bodies of different lengths use one buffer after the other, though their sizes vary by half', async () => {
  const pool = new BufferPool();
  const buffers = new Set<ArrayBufferLike>();
  for (const length of [600_000, 900_000, 530_000, 1_000_000]) {
    const body = await receive(pool, Buffer.alloc(length));
    buffers.add(body.bytes.buffer);
    body.free();
  }
  expect(buffers.size).toBe(1);
});

test('a body that turns out longer moves twice at most until it has a MiB', async () => {
  const pool = new BufferPool();
  const stream = new PassThrough();
  const received = pool.receive(stream, 0, MB);
  const sizes = new Set<number>();
  for (let piece = 0; piece < 100; piece += 1) {
    stream.write(Buffer.alloc(10_000));
    sizes.add(pool.usedBytes);
  }
  stream.end();
  await received;
  expect([...sizes]).toEqual([32 * 1024, 512 * 1024, MB]);
});

test('pieces of bodies are freed once in 8 MiB, of whatever bodies', async () => {
  let freed = 0;
  const pool = new BufferPool(() => (freed += 1));
  const counts: number[] = [];
  for (let body = 0; body < 5; body += 1) {
    await pool.receive(piecesOf(Buffer.alloc(2 * MB), Buffer.alloc(2 * MB)), 4 * MB, 4 * MB);
    counts.push(freed);
  }
  expect(counts).toEqual([0, 1, 1, 2, 2]);
});

describe('the bytes that are used', () => {
  test('are those of the buffers of bodies that are being received, and of what was received until it is freed', async () => {
    const pool = new BufferPool();
    const stream = new PassThrough();
    const received = pool.receive(stream, 100_000, MB);
    expect(pool.usedBytes).toBe(128 * 1024);
    stream.end(Buffer.alloc(200_000));
    const body = await received;
    expect(pool.usedBytes).toBe(200_000);
    body.free();
    body.free();
    expect(pool.usedBytes).toBe(0);
  });

  test('are those of a body that was allocated until it is freed, and its buffer is used again', () => {
    const pool = new BufferPool();
    const body = pool.allocate(100_000);
    expect([body.bytes.length, pool.usedBytes]).toEqual([100_000, 100_000]);
    body.free();
    expect([pool.usedBytes, pool.allocate(90_000).bytes.buffer]).toEqual([0, body.bytes.buffer]);
  });

  test('grow with a body that is longer than expected', async () => {
    const pool = new BufferPool();
    const stream = new PassThrough();
    const received = pool.receive(stream, 0, MB);
    stream.write(Buffer.alloc(200_000));
    expect(pool.usedBytes).toBeGreaterThanOrEqual(200_000);
    stream.end();
    await received;
  });

  test('are none after a body that breaks off', async () => {
    const pool = new BufferPool();
    const stream = new PassThrough();
    const received = pool.receive(stream, 100_000, MB);
    stream.destroy(new Error('reset'));
    await expect(received).rejects.toThrow('reset');
    expect(pool.usedBytes).toBe(0);
  });
});

test('bodies of all sizes never get into the buffer of one that is still kept', async () => {
  const step = fc.record({ length: fc.integer({ min: 0, max: 300_000 }), frees: fc.nat(3), expected: fc.nat(300_000) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const pool = new BufferPool();
      let kept: { body: Buffer; stored: StoredBody }[] = [];
      for (const [index, { length, frees, expected }] of steps.entries()) {
        const body = Buffer.alloc(length, index + 1);
        kept.push({ body, stored: await receive(pool, body, expected) });
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

test('a body that does not say how long it is gets a buffer as for the one before', async () => {
  const pool = new BufferPool();
  const before = await receive(pool, Buffer.alloc(300_000));
  const { bytes } = await pool.receive(piecesOf(Buffer.alloc(150_000), Buffer.alloc(150_000)), undefined, MB);
  expect(bytes.buffer.byteLength).toBe(before.bytes.buffer.byteLength);
});

test('the buffer of a body that breaks off is used again', async () => {
  const pool = new BufferPool();
  const broken = new Readable({
    read() {
      this.destroy(new Error('reset'));
    },
  });
  await expect(pool.receive(broken, 200_000, MB)).rejects.toThrow('reset');
  const first = await receive(pool, Buffer.alloc(200_000));
  first.free();
  expect((await receive(pool, Buffer.alloc(200_000))).bytes.buffer).toBe(first.bytes.buffer);
});

test('a buffer of more than 16 MiB is not kept for others', () => {
  const pool = new BufferPool();
  const body = pool.allocate(17 * MB);
  const { buffer } = body.bytes;
  body.free();
  expect(pool.allocate(17 * MB).bytes.buffer).not.toBe(buffer);
});
