import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { seededRandom, wholeNumber } from '../simulated-tenant/random';
import { program, run, start, type ConnectorRun, type StartedCommand } from './connector';
import { checkLine, checkRead } from './protocol-check';
import { expectEachOnce, idsOf, inputsOf, pastEntries, readTenant, withTenant, type ReadOptions } from './tenant';
import type { SimulatedTenant } from '../simulated-tenant/simulated-tenant';

/**
 * How long a process may take to be gone after a signal, in ms: the two seconds that it has, which cdk/src/launch.test.ts
 * holds by a clock that is handed in, and some for a machine that is busy.
 */
const LONGEST_DEATH = 10_000;

/** 240 pages and more; what may be buffered of them is bounded in bytes, and less than the requests that this takes. */
const manyEntries = pastEntries(120_000);
const MOST_READ_AHEAD = 200;

const startRead = (tenant: SimulatedTenant, options: ReadOptions = {}): StartedCommand =>
  start('read', inputsOf(tenant, options));

interface Kept {
  /** The records before the last STATE. */
  readonly ids: string[];
  /** Those of them that its state covers: a stop sends the last state once more, with the count of what came since. */
  readonly covered: string[];
  readonly state: JsonObject | undefined;
}

/** What the platform keeps of a read that was killed or stopped. */
function kept({ messages }: ConnectorRun): Kept {
  const stateAt = (index: number): JsonObject | undefined => {
    const message = messages[index];
    return message?.type === 'STATE' ? message.state.stream.stream_state : undefined;
  };
  const idsBefore = (end: number): string[] =>
    messages.slice(0, end).flatMap((each) => (each.type === 'RECORD' ? [String(each.record.data['id'])] : []));
  const last = messages.findLastIndex(({ type }) => type === 'STATE');
  const state = stateAt(last);
  const first = messages.findIndex((_, index) => isDeepStrictEqual(stateAt(index), state));
  return { ids: idsBefore(last + 1), covered: idsBefore(first + 1), state };
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('in the middle of a large read: last STATE, INCOMPLETE, death by it, and the next read goes on', async () => {
    const entries = pastEntries(25_000);
    await withTenant({ entries, latencyMs: 60 }, async (tenant) => {
      let [records, killedAt] = [0, 0];
      const { ended } = startRead(tenant, {
        onMessage: ({ type }, connector) => {
          if (type === 'RECORD') records += 1;
          if (records !== 6000 || killedAt > 0) return;
          killedAt = performance.now();
          connector.kill(signal);
        },
      });
      const stopped = await ended;
      expect(performance.now() - killedAt).toBeLessThan(LONGEST_DEATH);
      expect(stopped).toMatchObject({ exitCode: null, signal, errors: [] });
      expect(stopped.statuses.at(-1)).toMatchObject({ status: 'INCOMPLETE' });
      const { ids, covered, state } = kept(stopped);
      expect(ids).toEqual(stopped.ids);
      const next = await readTenant(tenant, { from: state });
      // On a busy machine a window may not be finished in time: the state does not cover it, and it comes again.
      expectEachOnce([...covered, ...next.ids], idsOf(entries));
    });
  });

  test('before the first answer: INCOMPLETE with the state it was given, and death by it', async () => {
    const given = { timestamp: '2026-01-31T00:00:00.000Z' };
    await withTenant({ entries: pastEntries(100), faultFor: () => ({ kind: 'hang' }) }, async (tenant) => {
      let killedAt = 0;
      const { ended } = startRead(tenant, {
        from: given,
        onMessage: (message, connector) => {
          if (message.type !== 'TRACE' || message.trace.type !== 'STREAM_STATUS') return;
          if (message.trace.stream_status.status !== 'STARTED') return;
          setTimeout(() => {
            killedAt = performance.now();
            connector.kill(signal);
          }, 300);
        },
      });
      const stopped = await ended;
      expect(performance.now() - killedAt).toBeLessThan(LONGEST_DEATH);
      expect(stopped).toMatchObject({ exitCode: null, signal, ids: [] });
      expect(stopped.states.at(-1)).toMatchObject({ timestamp: given.timestamp });
    });
  });

  test('while check waits for an answer: death by it, without a word of failure', async () => {
    await withTenant({ faultFor: () => ({ kind: 'hang' }) }, async (tenant) => {
      const { connector, ended } = start('check', { config: inputsOf(tenant).config });
      while (tenant.requests.length === 0) await sleep(10);
      const killedAt = performance.now();
      connector.kill(signal);
      const stopped = await ended;
      expect(performance.now() - killedAt).toBeLessThan(LONGEST_DEATH);
      expect(stopped).toMatchObject({ exitCode: null, signal, errors: [] });
      expect(stopped.messages.filter(({ type }) => type === 'CONNECTION_STATUS')).toEqual([]);
    });
  });

  test('while a 429 is waited out: death by it', async () => {
    const refused = { kind: 'status', status: 429, headers: { 'retry-after': '600' } } as const;
    const faultFor = (number: number) => (number > 6 ? refused : undefined);
    await withTenant({ entries: pastEntries(12_000), faultFor }, async (tenant) => {
      const { connector, ended } = startRead(tenant);
      while (!tenant.requests.some(({ status }) => status === 429)) await sleep(10);
      await sleep(200);
      const killedAt = performance.now();
      connector.kill(signal);
      expect(await ended).toMatchObject({ exitCode: null, signal });
      expect(performance.now() - killedAt).toBeLessThan(LONGEST_DEATH);
    });
  });

  test('with a reader that has stalled: death by it all the same', async () => {
    await withTenant({ entries: manyEntries }, async (tenant) => {
      const { connector, ended } = startRead(tenant, { reader: 'never' });
      await untilQuiet(tenant);
      const killedAt = performance.now();
      connector.kill(signal);
      expect(await ended).toMatchObject({ exitCode: null, signal });
      expect(performance.now() - killedAt).toBeLessThan(LONGEST_DEATH);
    });
  });
});

/** Until the connector asks for nothing more: it waits for its reader. */
async function untilQuiet(tenant: SimulatedTenant): Promise<void> {
  for (let seen = -1; seen !== tenant.requests.length || seen < 3;) {
    seen = tenant.requests.length;
    await sleep(400);
  }
  expect(tenant.requests.length).toBeLessThan(MOST_READ_AHEAD);
}

test.concurrent.each([1, 2])('SIGKILL at random moments (seed %d): what was kept is every entry once', async (seed) => {
  const random = seededRandom(seed);
  const entries = pastEntries(12_000, { seed });
  await withTenant({ entries, latencyMs: 10 }, async (tenant) => {
    const ids: string[] = [];
    let state: JsonObject | undefined;
    let [kills, isComplete] = [0, false];
    while (!isComplete) {
      let left = wholeNumber(random, 1, 8000);
      const { ended } = startRead(tenant, {
        from: state,
        onMessage: (_, connector) => {
          if (--left === 0) connector.kill('SIGKILL');
        },
      });
      const attempt = await ended;
      const saved = kept(attempt);
      ids.push(...saved.ids);
      state = saved.state ?? state;
      isComplete = attempt.exitCode === 0;
      if (isComplete) break;
      kills += 1;
      if (kills % 2 === 0) tenant.addEntries(3, { ageMs: 60_000 });
    }
    expect(kills).toBeGreaterThan(1);
    expectEachOnce(ids, idsOf(tenant.model.visibleEntries()));
  });
});

test('SIGKILL in the middle of a backfill of a server that does not count: the next read goes on', async () => {
  const entries = pastEntries(30_000);
  await withTenant({ entries, meta: { present: false } }, async (tenant) => {
    // The first windows are empty.
    let [records, states] = [0, 0];
    const killed = await startRead(tenant, {
      onMessage: ({ type }, connector) => {
        if (type === 'RECORD') records += 1;
        if (type === 'STATE' && records > 0 && ++states === 2) connector.kill('SIGKILL');
      },
    }).ended;
    const { ids, state } = kept(killed);
    expect(killed.signal).toBe('SIGKILL');
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length).toBeLessThan(entries.length);
    const next = await readTenant(tenant, { from: state });
    expectEachOnce([...ids, ...next.ids], idsOf(entries));
  });
});

/** Runs a command of the shell with the connector's own command line as its arguments. */
async function shell(
  script: string,
  tenant: SimulatedTenant,
): Promise<{ code: number | string | null | undefined; stdout: string; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'source-tines-shell-'));
  const args = ['read'];
  const inputs = inputsOf(tenant);
  for (const name of ['config', 'catalog', 'state'] as const) {
    writeFileSync(join(folder, name), JSON.stringify(inputs[name]));
    args.push(`--${name}`, join(folder, name));
  }
  try {
    return await new Promise((resolve) => {
      const options = { maxBuffer: 2 ** 28, timeout: 60_000 };
      execFile('bash', ['-c', script, program, ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : error.code, stdout, stderr });
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a pipe of the shell', () => {
  const tenantOf20MB = { entries: pastEntries(20_000) };

  test('whose reader sleeps first and is slow then gets every line', async () => {
    await withTenant(tenantOf20MB, async (tenant) => {
      const slowly = `while IFS= read -r -N 400000 part || [ -n "$part" ]; do printf %s "$part"; sleep 0.02; done`;
      const { code, stdout, stderr } = await shell(
        `set -o pipefail; export LC_ALL=C; "$0" "$@" | { sleep 1; ${slowly}; }`,
        tenant,
      );
      expect({ code, stderr, end: stdout.slice(-1) }).toEqual({ code: 0, stderr: '', end: '\n' });
      const messages = stdout.slice(0, -1).split('\n').map(checkLine);
      checkRead(messages, 'audit_logs', 'complete');
      const ids = messages.flatMap((each) => (each.type === 'RECORD' ? [String(each.record.data['id'])] : []));
      expectEachOnce(ids, idsOf(tenant.model.visibleEntries()));
    });
  });

  test.each([
    ['the first line', '"$0" "$@" | head -n 1'],
    ['the first thousand lines', '"$0" "$@" | head -n 1000'],
    ['the first line of spec', '"$0" spec | head -n 1'],
    ['nothing', '"$0" "$@" | true'],
  ])('whose reader takes only %s: exit 0, nothing on stderr', async (_, script) => {
    await withTenant(tenantOf20MB, async (tenant) => {
      const { code, stderr } = await shell(`set -o pipefail; ${script}`, tenant);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    });
  });

  test('that is a full disk: exit 1, and stderr says why', async () => {
    await withTenant(tenantOf20MB, async (tenant) => {
      const { code, stderr } = await shell('"$0" "$@" > /dev/full', tenant);
      expect(code).toBe(1);
      expect(stderr).toMatch(/ENOSPC/);
      expect(stderr).not.toContain('    at ');
    });
  });
});

describe('a reader', () => {
  test('that begins late loses nothing', async () => {
    await withTenant({ entries: pastEntries(8000) }, async (tenant) => {
      const { connector, ended } = startRead(tenant, { reader: 'late' });
      await untilQuiet(tenant);
      connector.resume();
      expectEachOnce((await ended).ids, idsOf(tenant.model.visibleEntries()));
    });
  });

  test('that closes the output in the middle: exit 0, and the tenant is asked for nothing more', async () => {
    await withTenant({ entries: manyEntries, latencyMs: 30 }, async (tenant) => {
      let records = 0;
      const { ended } = startRead(tenant, {
        onMessage: ({ type }, connector) => {
          if (type === 'RECORD' && ++records === 1500) connector.closeOutput();
        },
      });
      expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
      expect(tenant.requests.length).toBeLessThan(MOST_READ_AHEAD);
    });
  });
});

test('a second signal kills at once', async () => {
  await withTenant({ entries: manyEntries }, async (tenant) => {
    const { connector, ended } = startRead(tenant, { reader: 'never' });
    await untilQuiet(tenant);
    connector.kill('SIGTERM');
    await sleep(100);
    const killedAt = performance.now();
    connector.kill('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: null, signal: 'SIGTERM' });
    expect(performance.now() - killedAt).toBeLessThan(500);
  });
});

test('a check is not kept alive by its connections', async () => {
  await withTenant({}, async (tenant) => {
    const result = await run('check', { config: inputsOf(tenant).config });
    expect(result.exitCode).toBe(0);
    expect(result.seconds).toBeLessThan(5);
  });
});
