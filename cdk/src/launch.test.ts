import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { MemoryOutput, parseMessage } from '../testing';
import { fakeSource } from '../testing/fake-source';
import { launch, type Host } from './launch';

/** A process of which nothing is real, and which survives its own signals, as the first one in a container does. */
class FakeHost implements Host {
  readonly env = {};
  readonly pid = 42;
  readonly stdout = new MemoryOutput();
  readonly written: string[] = [];
  readonly kills: unknown[] = [];
  readonly exits: number[] = [];
  readonly console = new Console(new Writable());
  readonly stderr = { write: (text: string) => this.written.push(text), on: () => undefined };
  exitCode: number | string | null | undefined;
  readonly #listeners = new Map<string, ((error: unknown) => void)[]>();

  constructor(readonly argv: readonly string[]) {}

  on(event: string, listener: (error: unknown) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  off(event: string, listener: (error: unknown) => void): void {
    this.#listeners.set(
      event,
      (this.#listeners.get(event) ?? []).filter((other) => other !== listener),
    );
  }

  kill(pid: number, signal: string): void {
    this.kills.push([pid, signal, this.listenerCount(signal)]);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  emit(event: string): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(undefined);
  }

  listenerCount(event: string): number {
    return this.#listeners.get(event)?.length ?? 0;
  }
}

const hostOf = (...args: string[]): FakeHost => new FakeHost(['node', 'source', ...args]);
const named = { name: 'source-fake', version: '1.2.3' };
const program = { ...named, load: () => Promise.resolve(fakeSource()) };
const never = { ...named, load: () => new Promise<never>(() => undefined) };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('an end by itself', () => {
  test('sets the exit code and does not exit before all is written', async () => {
    const host = hostOf('spec');
    host.stdout.stall();
    const launched = launch(program, host);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(host.exitCode).toBe(1);
    host.stdout.resume();
    await launched;
    expect(host).toMatchObject({ exitCode: 0, exits: [], kills: [] });
    expect(host.stdout.text).toContain('"SPEC"');
  });

  test('what the source left running does not keep the process', async () => {
    const host = hostOf('spec');
    await launch(program, host);
    jest.advanceTimersByTime(100);
    expect(host.exits).toEqual([0]);
  });

  test('a source need not be promised', async () => {
    const host = hostOf('spec');
    await launch({ ...named, load: () => fakeSource() }, host);
    expect(host.exitCode).toBe(0);
  });

  test('a source that cannot even be asked for is a failure with a TRACE ERROR', async () => {
    const host = hostOf('spec');
    const load = () => {
      throw new Error('no such module');
    };
    await launch({ ...named, load }, host);
    expect(host.exitCode).toBe(1);
    expect(host.stdout.text).toContain('no such module');
  });

  test('bad arguments: usage on stderr, exit code 2', async () => {
    const host = hostOf('specs');
    await launch(never, host);
    expect(host.exitCode).toBe(2);
    expect(host.written.join('')).toContain('Usage:');
    expect(host.stdout.text).toBe('');
  });
});

test('--version writes name and version to stdout, without loading the source', async () => {
  const host = hostOf('--version');
  await launch(never, host);
  expect(host).toMatchObject({ exitCode: 0, written: [] });
  expect(host.stdout.text).toBe('source-fake 1.2.3\n');
});

describe('a command that awaits what never comes', () => {
  test('fails with a TRACE ERROR when nothing is left to wait for', async () => {
    const host = hostOf('spec');
    const launched = launch(never, host);
    host.emit('beforeExit');
    await launched;
    expect(host.exitCode).toBe(1);
    expect(host.stdout.text).toMatch(/"internal_message":"Error: The command awaits something that will never come/);
  });

  test('is not meant once the command has ended', async () => {
    const host = hostOf('spec');
    await launch(program, host);
    expect(host.listenerCount('beforeExit')).toBe(0);
  });
});

test('what is said to the console becomes LOG messages', async () => {
  const host = hostOf('spec');
  const load = () => {
    host.console.log('hello %s', 'you');
    host.console.error('no');
    host.console.table([{ a: 1 }]);
    host.console.log('');
    return fakeSource();
  };
  await launch({ ...named, load }, host);
  expect(host.stdout.text.trimEnd().split('\n').map(parseMessage)).toMatchObject([
    { type: 'LOG', log: { level: 'INFO', message: 'hello you' } },
    { type: 'LOG', log: { level: 'WARN', message: 'no' } },
    { type: 'LOG', log: { level: 'INFO', message: expect.stringContaining('│ 0') } },
    { type: 'SPEC' },
  ]);
});

describe('a signal', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])('%s: dies by that very signal, with its handlers gone, and as process 1 exits with %d', async (signal, code) => {
    const host = hostOf('spec');
    const launched = launch(never, host);
    host.emit(signal);
    await jest.advanceTimersByTimeAsync(700);
    await launched;
    expect(host.kills).toEqual([[42, signal, 0]]);
    expect(host.exits).toEqual([]);
    jest.advanceTimersByTime(100);
    expect(host.exits).toEqual([code]);
    expect(host.exitCode).toBe(code);
  });

  test('a stalled reader does not delay the end beyond the deadline', async () => {
    const host = hostOf('spec');
    host.stdout.stall();
    void launch(program, host);
    await jest.advanceTimersByTimeAsync(1);
    host.emit('SIGTERM');
    await jest.advanceTimersByTimeAsync(1499);
    expect(host.kills).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(host.kills).toEqual([[42, 'SIGTERM', 0]]);
  });

  test('a second one kills at once', () => {
    const host = hostOf('spec');
    void launch(never, host);
    host.emit('SIGTERM');
    host.emit('SIGINT');
    expect(host.kills).toEqual([[42, 'SIGINT', 0]]);
  });

  test('after the end it has its usual effect', async () => {
    const host = hostOf('spec');
    await launch(program, host);
    expect([host.listenerCount('SIGTERM'), host.listenerCount('SIGINT')]).toEqual([0, 0]);
  });
});
