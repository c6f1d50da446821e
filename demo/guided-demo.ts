// `npm run demo`: starts a simulated tenant and runs the real program against it, as Airbyte would.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { AirbyteMessage, JsonObject } from '@airbyte/cdk-typescript-compat';
import { counted, numberText } from '../src/wording';
import { runConnector, type ConnectorRun } from './connector-process';
import { drawPicture } from './picture';
import { TenantProcess } from '../simulated-tenant/tenant-process';

const ENTRIES = 20_000;
const DAYS = 90;
const root = resolve(__dirname, '../..');
const folder = join(root, 'demo-output');
const inFolder = (name: string): string => join(folder, name);

const say = (text = ''): void => {
  process.stdout.write(`${text}\n`);
};
const heading = (text: string): void => {
  say(`\n${text}\n${'-'.repeat(text.length)}`);
};

async function main(): Promise<void> {
  const started = performance.now();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const start = new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 19);
  say(
    `A simulated Tines tenant starts on this machine, with ${numberText(ENTRIES)} audit log entries of the last ${DAYS} days.`,
  );
  const tenant = await TenantProcess.start(root, [
    ...['--entries', String(ENTRIES), '--from', `${start}Z`, '--spread', 'office_hours'],
    ...['--rate-limit', '1000', '--ca-file', inFolder('tenant-ca.pem')],
  ]);
  try {
    writeInputs(tenant, `${start}Z`);
    const records = await guide(tenant);
    writeFileSync(
      inFolder('audit-logs.svg'),
      await drawPicture(records, `${numberText(records.length)} audit log entries`),
    );
  } finally {
    await tenant.stop();
  }
  const shown = relative(process.cwd(), folder) || '.';
  say(`\nThe tenant is stopped. All that the connector wrote is in ${shown}/, one file a command.`);
  say(`It took ${((performance.now() - started) / 1000).toFixed(1)} s in all.`);
  say(`A picture of the entries, by hour and by operation: ${shown}/audit-logs.svg`);
}

function writeInputs(tenant: TenantProcess, start: string): void {
  writeJson('config.json', {
    tenant_domain: tenant.domain,
    api_key: tenant.apiKey,
    backfill_start_time: start,
    ca_certificate: readFileSync(inFolder('tenant-ca.pem'), 'utf8'),
  });
}

/** @returns the records of all syncs */
async function guide(tenant: TenantProcess): Promise<JsonObject[]> {
  heading('1. spec: what can be configured');
  const spec = (await run('spec', [])).messages.find((message) => message.type === 'SPEC')?.spec;
  say(`Fields: ${Object.keys(spec?.connectionSpecification['properties'] ?? {}).join(', ')}`);

  heading('2. check: does the configuration work?');
  const checked = await run('check', ['--config', inFolder('config.json')]);
  const status = checked.messages.find((message) => message.type === 'CONNECTION_STATUS')?.connectionStatus;
  say(`Tines at ${tenant.domain} answered: ${status?.status ?? 'nothing'}`);
  await wrongKey();

  heading('3. discover: what can be read');
  const discovered = await run('discover', ['--config', inFolder('config.json')]);
  const streams = discovered.messages.find((message) => message.type === 'CATALOG')?.catalog.streams ?? [];
  for (const stream of streams) {
    const columns = Object.keys(stream.json_schema['properties'] ?? {}).length;
    say(
      `Stream ${stream.name}: ${columns} columns, cursor ${stream.default_cursor_field?.join('.') ?? ''}, primary key id`,
    );
  }
  writeJson('catalog.json', {
    streams: streams.map((stream) => ({ stream, sync_mode: 'incremental', destination_sync_mode: 'append_dedup' })),
  });

  heading(`4. read: the first sync, ${DAYS} days back`);
  const first = await read('read-1', undefined);
  expectThat(recordsOf(first).length === ENTRIES, `all ${numberText(ENTRIES)} entries arrived`);
  sample(first);

  heading('5. Meanwhile in Tines');
  await tenant.command({ command: 'add', count: 25 });
  await tenant.command({ command: 'add_late', count: 5, minutes: 5 });
  say('25 new entries were added, and 5 more became visible late: they are dated five minutes back.');

  heading('6. read: the second sync, from the saved state');
  const second = await read('read-2', stateOf(first));
  expectThat(recordsOf(second).length === 30, 'exactly the 30 added entries arrived, the late ones too');

  heading('7. read: a third sync');
  const third = await read('read-3', stateOf(second));
  expectThat(recordsOf(third).length === 0, 'nothing new, so nothing arrived, and the state is kept');
  const records = [first, second, third].flatMap(recordsOf);
  const ids = new Set(records.map(({ id }) => id));
  expectThat(ids.size === records.length, `no entry came twice in ${numberText(records.length)} records`);
  return records;
}

async function wrongKey(): Promise<void> {
  const config = JSON.parse(readFileSync(inFolder('config.json'), 'utf8')) as JsonObject;
  writeJson('config-wrong-key.json', { ...config, api_key: 'a-key-that-was-revoked' });
  const checked = await run('check', ['--config', inFolder('config-wrong-key.json')], 'check-wrong-key');
  const status = checked.messages.find((message) => message.type === 'CONNECTION_STATUS')?.connectionStatus;
  say(`With a wrong key: ${status?.status === 'FAILED' ? `FAILED, "${status.message}"` : 'accepted?!'}`);
}

async function read(name: string, state: JsonObject | undefined): Promise<ConnectorRun> {
  const files = ['--config', inFolder('config.json'), '--catalog', inFolder('catalog.json')];
  if (state !== undefined) {
    writeJson(`${name}-state.json`, [
      { type: 'STREAM', stream: { stream_descriptor: { name: 'audit_logs' }, stream_state: state } },
    ]);
    files.push('--state', inFolder(`${name}-state.json`));
  }
  const result = await run('read', files, name);
  const records = recordsOf(result);
  const states = result.messages.filter(({ type }) => type === 'STATE').length;
  const rate = Math.round(records.length / result.seconds);
  say(
    `${counted(records.length, 'record')} and ${counted(states, 'state')} in ${result.seconds.toFixed(1)} s${records.length < 1000 ? '' : `, ${counted(rate, 'record')} a second`}`,
  );
  for (const message of result.messages) {
    if (message.type === 'LOG') say(`  ${message.log.level}: ${message.log.message}`);
  }
  const times = records.map(({ timestamp }) => String(timestamp));
  expectThat(
    times.every((time, index) => index === 0 || time >= (times[index - 1] ?? '')),
    'the records ascend in time',
  );
  return result;
}

async function run(command: string, args: readonly string[], name = command): Promise<ConnectorRun> {
  say(
    `$ bin/source-tines ${[command, ...args.map((arg) => (arg.startsWith('/') ? relative(root, arg) : arg))].join(' ')}`,
  );
  const result = await runConnector(root, [command, ...args], inFolder(`${name}.jsonl`));
  if (result.exitCode !== 0) throw new Error(`${command} ended with exit code ${result.exitCode}: ${result.stderr}`);
  return result;
}

function sample(result: ConnectorRun): void {
  const record = recordsOf(result).findLast(({ resource_id: id }) => typeof id === 'string') ?? recordsOf(result)[0];
  say('\nOne of the records:');
  say(JSON.stringify(record, null, 2).replace(/^/gm, '  '));
}

function stateOf({ messages }: ConnectorRun): JsonObject {
  const state = messages.findLast((message) => message.type === 'STATE')?.state.stream.stream_state;
  if (state === undefined) throw new Error('the read brought no state');
  return state;
}

function recordsOf({ messages }: ConnectorRun): readonly JsonObject[] {
  return messages.flatMap((message: AirbyteMessage) => (message.type === 'RECORD' ? [message.record.data] : []));
}

function expectThat(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this did not happen: ${what}`);
  say(`  As it should be: ${what}.`);
}

function writeJson(name: string, value: unknown): void {
  writeFileSync(inFolder(name), `${JSON.stringify(value, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
