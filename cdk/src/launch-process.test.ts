import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';
import { parseMessage } from '../testing';
import { catalogOf } from '../testing/fake-source';
import type { AirbyteMessage } from './protocol';

const dir = mkdtempSync(join(tmpdir(), 'launch-'));
const program = join(dir, 'source.js');
const config = join(dir, 'config.json');
const catalog = join(dir, 'catalog.json');

beforeAll(() => {
  buildSync({
    entryPoints: [join(__dirname, '../testing/fake-source-cli.ts')],
    bundle: true,
    platform: 'node',
    outfile: program,
  });
  writeFileSync(config, JSON.stringify({ token: 'tok-1' }));
  writeFileSync(catalog, JSON.stringify(catalogOf('cats')));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** How long (ms) a slow reader takes to begin: longer than a source needs that doesn't wait for it. */
const SLOW_MS = 400;

/** Whatever a test does, its process is gone after this long (ms). */
const HANG_MS = 20_000;

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
}

const start = (fake: string, ...args: string[]): Started => startBy([], fake, ...args);

function startBy(nodeOptions: readonly string[], fake: string, ...args: string[]): Started {
  const child = spawn(process.execPath, [...nodeOptions, program, ...args], {
    env: { ...process.env, FAKE: fake },
    timeout: HANG_MS,
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('exit', (code, signal) => {
      resolve({ code, signal, stderr });
    });
  });
  return { child, ended };
}

const startRead = (fake: string) => start(fake, 'read', '--config', config, '--catalog', catalog);

async function messagesOf(child: ChildProcessWithoutNullStreams): Promise<AirbyteMessage[]> {
  const messages: AirbyteMessage[] = [];
  for await (const line of createInterface({ input: child.stdout })) messages.push(parseMessage(line));
  return messages;
}

function statusesOf(messages: readonly AirbyteMessage[]): string[] {
  return messages.flatMap((message) =>
    message.type === 'TRACE' && message.trace.type === 'STREAM_STATUS' ? [message.trace.stream_status.status] : [],
  );
}

describe('a pipe', () => {
  test('whose reader is slow gets every byte, far beyond what the pipe holds', async () => {
    const { child, ended } = startRead('many');
    await sleep(SLOW_MS);
    const messages = await messagesOf(child);
    expect(messages.filter(({ type }) => type === 'RECORD')).toHaveLength(5000);
    expect(messages.at(-2)).toMatchObject({ type: 'STATE', state: { sourceStats: { recordCount: 5000 } } });
    expect(statusesOf(messages)).toEqual(['STARTED', 'RUNNING', 'COMPLETE']);
    expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('gets every byte also when the source leaves something running', async () => {
    const { child, ended } = startRead('untidy');
    await sleep(SLOW_MS);
    expect(statusesOf(await messagesOf(child)).at(-1)).toBe('COMPLETE');
    expect(await ended).toMatchObject({ code: 0 });
  });

  test.each([
    ['spec, wider than the pipe', 'wide', ['spec']],
    ['read', 'endless', ['read', '--config', config, '--catalog', catalog]],
  ])('closed by its reader ends %s with 0 and without a word', async (_, fake, args) => {
    const { child, ended } = start(fake, ...args);
    child.stdout.once('data', () => {
      child.stdout.destroy();
    });
    expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
  });

  test('closed before the first byte ends spec with 0', async () => {
    const { child, ended } = start('wide', 'spec');
    child.stdout.destroy();
    expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
  });
});

describe('a signal', () => {
  test('SIGUSR1 opens no inspector, and the read goes on', async () => {
    const { child, ended } = startRead('endless');
    let states = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      if (!chunk.includes('"STATE"')) return;
      states += 1;
      if (states === 1) child.kill('SIGUSR1');
      if (states === 5) process.kill(Number(child.pid), 'SIGTERM');
    });
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM', stderr: '' });
  });

  test('SIGUSR1 before the source listens leaves no inspector open when the config is read', async () => {
    const early = join(dir, 'early.js');
    writeFileSync(
      early,
      `const { url } = require('node:inspector');
       process.kill(process.pid, 'SIGUSR1');
       while (url() === undefined);
       process.on('exit', () => process.stderr.write(\`at the end: \${url()}\`));`,
    );
    // Any free port: another process may have the usual one.
    const { ended } = startBy(['--debug-port=0', '--require', early], '', 'check', '--config', config);
    expect(await ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Debugger listening .*at the end: undefined$/s),
    });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s: last STATE, INCOMPLETE, death by it', async (signal) => {
    const { child, ended } = startRead('endless');
    child.stdout.on('data', (chunk: Buffer) => {
      if (!child.killed && chunk.includes('"STATE"')) child.kill(signal);
    });
    const messages = await messagesOf(child);
    expect(await ended).toMatchObject({ code: null, signal, stderr: '' });
    expect(messages.at(-2)?.type).toBe('STATE');
    expect(statusesOf(messages)).toEqual(['STARTED', 'RUNNING', 'INCOMPLETE']);
    const records = messages.filter(({ type }) => type === 'RECORD').length;
    expect(messages.at(-2)).toMatchObject({ state: { stream: { stream_state: { at: records } } } });
  });

  test('a source that does not listen: its last safe STATE, INCOMPLETE, death by the signal', async () => {
    const { child, ended } = startRead('deaf');
    const sent = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (!chunk.includes('ESTIMATE')) return;
        child.kill('SIGTERM');
        resolve();
      });
    });
    const messages = await messagesOf(child);
    await sent;
    expect(await ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    expect(messages.at(-2)).toMatchObject({
      state: { stream: { stream_state: { at: 0 } }, sourceStats: { recordCount: 100 } },
    });
    expect(statusesOf(messages).at(-1)).toBe('INCOMPLETE');
  });

  test('with a reader that has stalled: death by it all the same', async () => {
    const { child, ended } = start('wide', 'spec');
    await once(child.stdout, 'readable');
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  });
});

describe('a command that awaits what never comes', () => {
  test('fails in read: its last STATE with what was read, INCOMPLETE, a TRACE ERROR, exit 1', async () => {
    const { child, ended } = startRead('idle');
    const messages = await messagesOf(child);
    expect(await ended).toEqual({ code: 1, signal: null, stderr: '' });
    expect(messages.at(-3)).toMatchObject({ state: { sourceStats: { recordCount: 100 } } });
    expect(statusesOf(messages)).toEqual(['STARTED', 'RUNNING', 'INCOMPLETE']);
    expect(messages.at(-1)).toMatchObject({ trace: { error: { failure_type: 'system_error' } } });
  });
});

test('a stream that never waits is stopped by a signal all the same', async () => {
  const { child, ended } = startRead('hurried');
  child.stdout.on('data', (chunk: Buffer) => {
    if (!child.killed && chunk.includes('"STATE"')) child.kill('SIGTERM');
  });
  const messages = await messagesOf(child);
  expect(await ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  expect(messages.at(-1)).toMatchObject({ trace: { stream_status: { status: 'INCOMPLETE' } } });
});

test('what a source says to the console is a LOG message on stdout, masked', async () => {
  const { child, ended } = startRead('chatty');
  const messages = await messagesOf(child);
  expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
  expect(messages).toContainEqual({ type: 'LOG', log: { level: 'INFO', message: 'said with ****' } });
});

describe('what nobody catches', () => {
  test.each([['check'], ['discover']])(
    'in the config of %s that is never understood: a signal ends it',
    async (verb) => {
      const { child, ended } = start('hanging', verb, '--config', config);
      child.stdout.once('data', () => child.kill('SIGTERM'));
      expect(await messagesOf(child)).toMatchObject([{ type: 'LOG' }]);
      expect(await ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    },
  );

  test('in discover: a masked TRACE ERROR, exit 1', async () => {
    const { child, ended } = start('failing', 'discover', '--config', config);
    const messages = await messagesOf(child);
    expect(await ended).toEqual({ code: 1, signal: null, stderr: '' });
    expect(messages).toMatchObject([
      { type: 'LOG' },
      { trace: { error: { failure_type: 'system_error', internal_message: 'Error: thrown in a timer: ****' } } },
    ]);
  });

  test.each(['thrower', 'rejecter'])('%s: INCOMPLETE, a masked TRACE ERROR, exit 1', async (fake) => {
    const { child, ended } = startRead(fake);
    const messages = await messagesOf(child);
    expect(await ended).toEqual({ code: 1, signal: null, stderr: '' });
    expect(statusesOf(messages).at(-1)).toBe('INCOMPLETE');
    expect(messages.at(-1)).toMatchObject({ trace: { error: { failure_type: 'system_error' } } });
    expect(JSON.stringify(messages)).toMatch(/(thrown in a timer|rejected unheard): \*{4}/);
    expect(JSON.stringify(messages)).not.toContain('tok-1');
  });
});
