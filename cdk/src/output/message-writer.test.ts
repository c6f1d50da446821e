import { describe, expect, test } from '@jest/globals';
import { parseMessage } from '../../testing';
import { MemoryOutput } from '../../testing/memory-output';
import { isReaderGone, MessageWriter } from './message-writer';
import type { AirbyteMessage } from '../protocol';

function writerOn(output: MemoryOutput, onClosed: () => void = () => undefined): MessageWriter {
  return new MessageWriter(output, (text) => text.replaceAll('abc', '****'), onClosed);
}

const log = (message: string): AirbyteMessage => ({ type: 'LOG', log: { level: 'INFO', message } });

describe('chunks', () => {
  test('lines are gathered until a chunk of about 64 KiB is full', () => {
    const output = new MemoryOutput();
    const writer = writerOn(output);
    for (let line = 0; line < 200; line += 1) writer.line('x'.repeat(999));
    writer.push();
    expect(output.chunks.map(({ length }) => length)).toEqual([66_000, 66_000, 66_000, 2_000]);
  });

  test('a message takes all lines before it along at once', () => {
    const output = new MemoryOutput();
    const writer = writerOn(output);
    writer.line('{"first":1}');
    expect(output.chunks).toEqual([]);
    writer.message(log('seen soon'));
    expect(output.text.split('\n')[0]).toBe('{"first":1}');
    expect(output.text).toContain('seen soon');
  });

  test('drained waits for the reader, flush until all has left the process', async () => {
    const output = new MemoryOutput();
    const writer = writerOn(output);
    output.stall();
    writer.message(log('a'));
    const done: string[] = [];
    const both = Promise.all([
      writer.drained().then(() => done.push('drained')),
      writer.flush().then(() => done.push('flushed')),
    ]);
    await Promise.resolve();
    expect(writer.congested).toBe(true);
    expect(done).toEqual([]);
    output.resume();
    await both;
    expect(writer.congested).toBe(false);
    expect(done.sort()).toEqual(['drained', 'flushed']);
  });

  test('flush has nothing to wait for when all is written', async () => {
    await expect(writerOn(new MemoryOutput()).flush()).resolves.toBeUndefined();
  });
});

describe('lines', () => {
  test('line separators are escaped in every message', () => {
    const output = new MemoryOutput();
    writerOn(output).message(log('a\u0085b\u2028c\u2029d'));
    expect(output.text).toContain('a\\u0085b\\u2028c\\u2029d');
  });

  test('all texts of LOG, TRACE ERROR and a failed check are masked; names, states and records are not', () => {
    const output = new MemoryOutput();
    const writer = writerOn(output);
    const messages: AirbyteMessage[] = [
      { type: 'LOG', log: { level: 'INFO', message: 'abc', stack_trace: 'abc' } },
      {
        type: 'TRACE',
        trace: {
          type: 'ERROR',
          emitted_at: 1,
          error: {
            message: 'abc',
            internal_message: 'abc',
            stack_trace: 'abc',
            failure_type: 'system_error',
            stream_descriptor: { name: 'abc' },
          },
        },
      },
      { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: 'abc' } },
      { type: 'RECORD', record: { stream: 'abc', data: { a: 'abc' }, emitted_at: 1 } },
    ];
    for (const message of messages) writer.message(message);
    expect(output.text.trimEnd().split('\n').map(parseMessage)).toEqual([
      { type: 'LOG', log: { level: 'INFO', message: '****', stack_trace: '****' } },
      {
        type: 'TRACE',
        trace: {
          type: 'ERROR',
          emitted_at: 1,
          error: {
            message: '****',
            internal_message: '****',
            stack_trace: '****',
            failure_type: 'system_error',
            stream_descriptor: { name: 'abc' },
          },
        },
      },
      { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message: '****' } },
      { type: 'RECORD', record: { stream: 'abc', data: { a: 'abc' }, emitted_at: 1 } },
    ]);
  });
});

describe('a closed output', () => {
  test('is told once, and later writes are dropped', async () => {
    const output = new MemoryOutput();
    let told = 0;
    const writer = writerOn(output, () => {
      told += 1;
    });
    writer.line('gathered');
    output.breakPipe();
    writer.message(log('late'));
    writer.line('later');
    await writer.flush();
    expect(told).toBe(1);
    expect(output.text).toBe('');
    expect(writer.closedBy).toMatchObject({ code: 'EPIPE' });
  });

  test('lets nobody wait for it', async () => {
    const output = new MemoryOutput();
    const writer = writerOn(output);
    output.stall();
    writer.message(log('a'));
    const waiting = Promise.all([writer.drained(), writer.flush()]);
    output.breakPipe();
    await expect(waiting).resolves.toBeDefined();
  });

  test('a write that throws, as to a file on a full disk, closes it too', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const output = new (class extends MemoryOutput {
      override write(): boolean {
        throw full;
      }
    })();
    const writer = writerOn(output);
    writer.message(log('a'));
    expect(writer.closedBy).toBe(full);
    expect(isReaderGone(full)).toBe(false);
  });

  test('a write that fails closes it', async () => {
    const output = new (class extends MemoryOutput {
      override write(_: Uint8Array, done: (error?: Error | null) => void): boolean {
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        return true;
      }
    })();
    const writer = writerOn(output);
    writer.message(log('a'));
    await writer.flush();
    expect(writer.closedBy).toMatchObject({ code: 'EPIPE' });
  });

  test.each(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])('%s means that the reader went away', (code) => {
    expect(isReaderGone(Object.assign(new Error('x'), { code }))).toBe(true);
  });

  test('an error without a code does not', () => {
    expect(isReaderGone(new Error('x'))).toBe(false);
  });
});
