import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AirbyteMessage, JsonObject } from '@airbyte/cdk-typescript-compat';
import type { SimulatedTenant } from '../../../simulated-tenant/simulated-tenant';
import { backfillStart } from '../connector-inputs';
import type { Contestant } from './contestant';

/** How to sync. */
export interface SyncOptions {
  /** The last state of the sync before. */
  readonly from?: JsonObject | undefined;
  /** SIGKILL once so many RECORDs have reached the reader. */
  readonly killAfter?: number;
  /** SIGKILL after so many ms: it waits for something that never comes. */
  readonly limitMs?: number;
}

/** What has reached the reader of one sync. */
export interface Sync {
  /** The ids of the RECORDs, and their times, in the order of arrival. */
  readonly ids: readonly string[];
  readonly times: readonly string[];
  /** Of the last STATE. */
  readonly state: JsonObject | undefined;
  /** From start to exit, in s. */
  readonly seconds: number;
  readonly end: 'complete' | 'failed' | 'killed' | 'out of time';
}

/** No sync here lasts so long, unless something is wrong; in ms. */
const LONGEST_MS = 300_000;

/** Lets a program read a tenant as Airbyte does. @param folder for files that nobody needs afterwards */
export async function sync(
  program: Contestant,
  tenant: SimulatedTenant,
  folder: string,
  { from, killAfter = Infinity, limitMs = LONGEST_MS }: SyncOptions = {},
): Promise<Sync> {
  const files = mkdtempSync(join(folder, 'sync-'));
  const [command, ...before] = program.command;
  const started = performance.now();
  const child = spawn(command, [...before, ...writeInputs(files, tenant, from), ...program.lastArgs], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NO_PROXY: '127.0.0.1', [program.caVariable]: join(files, 'ca.pem') },
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  const limit = { isOver: false };
  const timer = setTimeout(() => (limit.isOver = child.kill('SIGKILL')), limitMs);
  const reader = new Reader(program.timeField);
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
    reader.take(line);
    if (reader.ids.length >= killAfter) child.kill('SIGKILL');
  }
  const [exitCode] = await closed;
  clearTimeout(timer);
  rmSync(files, { recursive: true });
  const end = limit.isOver ? 'out of time' : exitCode === null ? 'killed' : exitCode === 0 ? 'complete' : 'failed';
  const { ids, times, state } = reader;
  return { ids, times, state, end, seconds: (performance.now() - started) / 1000 };
}

function writeInputs(files: string, tenant: SimulatedTenant, from: JsonObject | undefined): readonly string[] {
  const stream = { name: 'audit_logs', json_schema: {}, supported_sync_modes: ['full_refresh', 'incremental'] };
  const inputs = {
    config: { tenant_domain: tenant.domain, api_key: tenant.apiKey, backfill_start_time: backfillStart },
    catalog: { streams: [{ stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup' }] },
    state: [{ type: 'STREAM', stream: { stream_descriptor: { name: 'audit_logs' }, stream_state: from ?? null } }],
  };
  writeFileSync(join(files, 'ca.pem'), tenant.caCertificate);
  const given = Object.entries(inputs).filter(([name]) => name !== 'state' || from !== undefined);
  return [
    'read',
    ...given.flatMap(([name, content]) => {
      const path = join(files, `${name}.json`);
      writeFileSync(path, JSON.stringify(content));
      return [`--${name}`, path];
    }),
  ];
}

class Reader {
  readonly #timeField: string;
  readonly ids: string[] = [];
  readonly times: string[] = [];
  state: JsonObject | undefined;

  constructor(timeField: string) {
    this.#timeField = timeField;
  }

  take(line: string): void {
    const message = messageIn(line);
    if (message?.type === 'STATE') this.state = message.state.stream.stream_state;
    if (message?.type !== 'RECORD') return;
    this.ids.push(String(message.record.data['id']));
    this.times.push(String(message.record.data[this.#timeField]));
  }
}

/** Nothing for what a program that was killed has left of its last line. */
function messageIn(line: string): AirbyteMessage | undefined {
  try {
    return JSON.parse(line) as AirbyteMessage;
  } catch {
    return undefined;
  }
}
