import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ConnectorError, type JsonObject } from '@airbyte/cdk-typescript-compat';
import {
  CertificateError,
  ConnectionError,
  errorForStatus,
  GivenUpError,
  PrivateAddressError,
  ProxyError,
  RateLimitedError,
  RequestTooLargeError,
  Retry,
  RetryableError,
  StatusError,
  SYNC_RETRY_LIMITS,
  TimeoutError,
  TlsError,
  UnexpectedBodyError,
  DebugVariableError,
  type HttpFact,
  type Http,
} from '@airbyte/cdk-typescript-compat/http';
import { runSource } from '@airbyte/cdk-typescript-compat/testing';
import recordSchema from '../schemas/audit_logs.json';
import spec from '../schemas/spec.json';
import { DeliveredIds } from '@airbyte/cdk-typescript-compat/incremental';
import { tenantNames } from '../src/tines/connect';
import {
  explainFact,
  fewerReturnedError,
  permissionMissingError,
  secondTooLargeError,
  TooLargeError,
  UnreadableSecondError,
} from '../src/tines/errors';
import type { GatheredWindow } from '../src/audit-logs/delivery';
import { parseState, type SavedState } from '../src/audit-logs/state';
import { SyncLog, type Proof } from '../src/audit-logs/sync-log';
import { parseConfig } from '../src/config';
import { SourceTines } from '../src/source-tines';
import { MAX_ROW_BYTES } from '../src/tines/client';
import { describeRequest } from '../src/tines/request';
import { rangeIgnoredError, unreadableTimesError } from '../src/tines/responses';

const root = resolve(__dirname, '..');
const DOMAIN = 'company.tines.com';
const now = Date.parse('2026-03-01T12:00:00Z');
/** What a setting's schema says, as far as a table repeats it. */
interface Setting {
  readonly type: string;
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}
const settingsOfSpec: readonly (readonly [name: string, setting: Setting])[] = Object.entries(
  spec.connectionSpecification.properties,
);

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The rows of the table with this heading in the first column, cell by cell; code is without its backticks. */
function table(path: string, firstHeading: string): string[][] {
  const lines = read(path).split('\n');
  const start = lines.findIndex((line) => new RegExp(`^\\| ${firstHeading} +\\|`).test(line));
  expect({ path, firstHeading, found: start >= 0 }).toEqual({ path, firstHeading, found: true });
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end === -1 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
  );
}

/** The blocks of code in a language, without what encloses and indents them. */
const blocksOf = (path: string, language: string): string[] =>
  [...read(path).matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^\\1\`\`\``, 'gms'))].map(
    ([, , text = '']) => text,
  );

/** The record that the page shows. */
function recordOfPage(): JsonObject {
  const [sample = ''] = blocksOf('docs/columns.md', 'json');
  return JSON.parse(sample) as JsonObject;
}

describe('docs/columns.md', () => {
  test('shows a record with every column', () => {
    expect(Object.keys(recordOfPage())).toEqual(Object.keys(recordSchema.properties));
  });

  test('names every column of the schema once, in its order, with its type', () => {
    const expected = Object.entries(recordSchema.properties).map(([name, property]) => [name, typeText(property)]);
    expect(table('docs/columns.md', 'column').map(([name, type]) => [name, type])).toEqual(expected);
  });

  test('has examples of the right type', () => {
    const examples = table('docs/columns.md', 'column').map(([name = '', , , example = '']) => [
      name,
      typeof JSON.parse(example),
    ]);
    const expected = Object.entries(recordSchema.properties).map(([name, { type }]) => [name, [type].flat().at(-1)]);
    expect(examples).toEqual(expected);
  });
});

function typeText({ type, format }: { type: string | string[]; format?: string }): string {
  const kind = format === 'date-time' ? 'timestamp' : [type].flat().at(-1);
  return [type].flat().includes('null') ? `${kind} or null` : `${kind}, never null`;
}

test('docs/privacy.md says of every column whether it holds personal data, in their order', () => {
  const rows = table('docs/privacy.md', 'column');
  expect(rows.map(([name]) => name)).toEqual(Object.keys(recordSchema.properties));
  expect(rows.filter((cells) => cells.length !== 3 || cells.includes(''))).toEqual([]);
});

describe('the README', () => {
  test('names every setting of the specification once, in its order, with its default', () => {
    const { required } = spec.connectionSpecification;
    const expected = settingsOfSpec.map(([name, property]) => {
      if (required.includes(name)) return [name, 'required'];
      if (property.default !== undefined) return [name, String(property.default)];
      return [name, property.type === 'array' && name !== 'excluded_operations' ? 'all' : 'none'];
    });
    expect(table('README.md', 'field +\\| default').map(([name, value]) => [name, value])).toEqual(expected);
  });

  test('names the smallest and the largest value of every number', () => {
    const rows = new Map(table('README.md', 'field +\\| default').map(([name = '', , text = '']) => [name, text]));
    for (const [name, { minimum, maximum }] of settingsOfSpec) {
      if (minimum === undefined || maximum === undefined) continue;
      expect(rows.get(name)).toContain(`${minimum} to ${maximum.toLocaleString('en-US')}`);
    }
  });

  test('shows a config and a state that can be used', () => {
    const blocks = blocksOf('README.md', 'json').map((text) => JSON.parse(text) as unknown);
    const config = blocks.find((block) => JSON.stringify(block).includes('"tenant_domain"')) as JsonObject;
    const [state] = blocks.find(Array.isArray) as [{ stream: { stream_state: JsonObject } }];
    expect(parseConfig(config, now).apiKey).toBe(config['api_key']);
    expect(parseState(state.stream.stream_state, parseConfig(config, now)).timestamp).toBe(Date.UTC(2025, 0, 31));
  });

  test('begins with some columns of the record in docs/columns.md, and the row of the table that it becomes', () => {
    const [sample = ''] = blocksOf('README.md', 'json');
    const record = JSON.parse(sample) as JsonObject;
    expect(recordOfPage()).toMatchObject(record);
    const [, shown, all] = /(\d+) of its \[(\d+) columns\]/.exec(read('README.md').replace(/\s+/g, ' ')) ?? [];
    expect([shown, all].map(Number)).toEqual([record, recordSchema.properties].map((from) => Object.keys(from).length));
    const columns = ['timestamp', 'operation_name', 'user_email', 'ip_address', 'resource_type', 'resource_name'];
    const [row] = table('README.md', columns.join(' +\\| '));
    const at = String(record['timestamp']).slice(0, 19).replace('T', ' ');
    expect(row).toEqual(columns.map((name) => (name === 'timestamp' ? at : record[name])));
  });

  test('takes the last STATE out of the output of a read by its command', () => {
    const command = blocksOf('README.md', 'sh').find((block) => block.includes('> state.json')) ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'readme-'));
    const lines = ['RECORD', 'STATE', 'STATE', 'LOG'].map((type, index) => JSON.stringify({ type, index }));
    writeFileSync(join(folder, 'output.jsonl'), `${lines.join('\n')}\n`);
    execFileSync('sh', ['-c', command], { cwd: folder });
    const state = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as unknown;
    rmSync(folder, { recursive: true });
    expect(state).toEqual({ type: 'STATE', index: 2 });
  });

  test('is short: at most 320 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(320);
  });
});

describe("the connector's page for Airbyte", () => {
  test('has the sections that Airbyte expects, in its order', () => {
    const headings = [...read('docs/tines.md').matchAll(/^#+ (?:Step \d: )?(.*)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual([
      'Tines',
      'Prerequisites',
      'Setup guide',
      'Set up Tines',
      'Set up the Tines connector in Airbyte',
      'For Airbyte Cloud:',
      'For Airbyte Open Source:',
      'Supported sync modes',
      'Supported Streams',
      'Several tenants',
      'IP allow list',
      'Performance considerations',
      'Data type map',
      'Limitations & Troubleshooting',
      'Changelog',
    ]);
  });

  test('names the required settings under Prerequisites', () => {
    const [, section = ''] = /## Prerequisites\n(.*?)\n## /s.exec(read('docs/tines.md')) ?? [];
    const { properties } = spec.connectionSpecification;
    expect(section).toContain(properties.tenant_domain.title);
    expect(section).toContain(properties.api_key.title);
  });
});

/** What the connector says: an error's failure type, or the level of a line in the log. */
interface Message {
  readonly text: string;
  readonly kind: string;
}

describe('docs/troubleshooting.md', () => {
  test('quotes every message exactly as the connector says it', async () => {
    const quoted = [...read('docs/troubleshooting.md').matchAll(/^ *> `(.*)`$/gm)].map(([, message]) => message);
    expect(quoted.toSorted()).toEqual((await messages()).map(({ text }) => text).toSorted());
  });

  test('has each of them in the table of situations once, with its kind', async () => {
    const rows = table('docs/troubleshooting.md', 'situation').map(([, begin = '', kind]) => ({ begin, kind }));
    const found = (await messages()).map(({ text, kind }) => ({
      text,
      kind,
      rows: rows.filter((row) => text.startsWith(row.begin)).map((row) => row.kind),
    }));
    expect(found.filter(({ kind, rows: kinds }) => kinds.length !== 1 || kinds[0] !== kind)).toEqual([]);
    const idle = rows.filter(({ begin }) => !found.some(({ text }) => text.startsWith(begin)));
    expect(idle).toEqual([]);
  });
});

/** All that the page quotes, made by the code that says it. */
async function messages(): Promise<Message[]> {
  const config = parseConfig(settings, now);
  const proxyUrl = 'http://proxy.example.com:3128';
  const sync = { ...tenantNames(config, { isSync: true }), hasAnswered: true };
  const check = { ...sync, isSync: false };
  const behindProxy = tenantNames({ ...config, proxyUrl }, { isSync: true });
  const unexpected = new UnexpectedBodyError('');
  return [
    ...facts().map((fact) => said(explainFact(fact, sync))),
    said(explainFact(new GivenUpError('deadline', 15_000, new TimeoutError(1_750)), check)),
    said(explainFact(new RequestTooLargeError(new Error('Tines answered 504')), check)),
    said(permissionMissingError()),
    said(explainFact(new PrivateAddressError(), { ...sync, host: 'tines.example.com' })),
    said(explainFact(new ProxyError({ type: 'private_address' }), behindProxy)),
    ...[false, true].map((hasAnswered) => said(explainFact(unexpected, { ...sync, hasAnswered }))),
    refusal(() => parseConfig({ ...settings, tenant_domain: 'company' }, now)),
    refusal(() => parseConfig({ ...settings, api_key: 'two words' }, now)),
    refusal(() => parseConfig({ ...settings, backfill_start_time: '2025-02-30T00:00:00Z' }, now)),
    refusal(() => parseConfig({ ...settings, ca_certificate: 'MIIB' }, now)),
    refusal(() => parseConfig({ ...settings, ca_certificate: '-----BEGIN PRIVATE KEY-----' }, now)),
    refusal(() => parseConfig({ ...settings, proxy_url: 'proxy.example.com:3128' }, now)),
    refusal(() => parseState({ timestamp: 'yesterday' }, parseConfig(settings, now))),
    said(rangeIgnoredError()),
    said(unreadableTimesError()),
    said(new UnreadableSecondError(now / 1000, tooLarge())),
    said(secondTooLargeError(now / 1000)),
    said(fewerReturnedError(now / 1000)),
    ...notices(),
    ...warnings(),
    ...verdicts(),
    ...(await retries()),
    ...(await checkNotices()),
  ];
}

function said(error: unknown): Message {
  if (!(error instanceof ConnectorError)) throw new Error('a fault of the program');
  return { text: error.message, kind: error.failureType };
}

/** What a request meets whose answer is larger than a row may be. */
const tooLarge = (): Error =>
  new TooLargeError(new Error(`an answer was larger than ${MAX_ROW_BYTES} bytes`), {
    hasAnswered: false,
    isSync: true,
  });

/** What a check says in the log: of a tenant without entries, and of one in which none matches the filters. */
async function checkNotices(): Promise<Message[]> {
  const filters = {
    operation_names: ['storycreation'],
    excluded_operations: ['login'],
    backfill_start_time: '2020-01-01T00:00:00Z',
  };
  const translated = { tenant_domain: 'c\u043Empany.tines.com' };
  return [...(await checkLogs({}, 0)), ...(await checkLogs(filters, 1)), ...(await checkLogs(translated, 1))];
}

async function checkLogs(more: JsonObject, rows: number): Promise<Message[]> {
  const entry = { id: 1, created_at: '2026-03-01T11:00:00Z' };
  const http: Http = ({ target }) => {
    const isFiltered = target.includes('operation_name');
    const page = { audit_logs: isFiltered ? [] : Array.from({ length: rows }, () => entry) };
    const body = { bytes: Buffer.from(JSON.stringify(page)), free: () => undefined };
    return Promise.resolve({ status: 200, headers: {}, body });
  };
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const source = new SourceTines({ clock, random: () => 0.5, cloud: false, http: () => http });
  const run = await runSource(source, ['check'], { config: { ...settings, ...more } });
  return run.logs.map(({ level, message }) => ({ text: message, kind: level }));
}

/** What requests can end with. */
function facts(): HttpFact[] {
  const status503 = new RetryableError('Tines answered 503');
  const proxy503 = new ProxyError({ type: 'status', status: 503 });
  return [
    ...[401, 403, 404].map((status) => new StatusError('Tines', status)),
    new StatusError('Tines', 302, { redirectsTo: 'login.company.com' }),
    new CertificateError('SELF_SIGNED_CERT_IN_CHAIN'),
    new TlsError('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'),
    new DebugVariableError('NODE_DEBUG'),
    new ProxyError({ type: 'address' }),
    new ProxyError({ type: 'status', status: 407 }),
    new ProxyError({ type: 'status', status: 403 }),
    new ProxyError({ type: 'certificate', code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    new GivenUpError('nothing_succeeded', 10 * 60_000, new RetryableError(proxy503.message, { cause: proxy503 })),
    ...['ENOTFOUND', 'ENETUNREACH', 'ECONNREFUSED'].map(
      (code) => new GivenUpError('nothing_succeeded', 10 * 60_000, new ConnectionError(code, 'connect')),
    ),
    new GivenUpError('one_request_failed', 60 * 60_000, status503),
    new GivenUpError('wait_too_long', 20 * 60_000, new RateLimitedError('Tines', 20 * 60_000)),
    new GivenUpError('wait_too_long', 3 * 60 * 60_000, status503),
    new GivenUpError('only_rate_limited', 60 * 60_000, status503),
  ];
}

const settings = { tenant_domain: DOMAIN, api_key: 'the-key' };

function refusal(attempt: () => unknown): Message {
  try {
    attempt();
  } catch (error) {
    return said(error);
  }
  throw new Error('was accepted');
}

/** What a sync log says. */
function logOf(write: (log: SyncLog) => void): Message[] {
  const logged: Message[] = [];
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  write(new SyncLog((kind, text) => logged.push({ text, kind }), clock));
  return logged;
}

const savedUntil = (timestamp: string, more: Partial<SavedState> = {}): SavedState => ({
  timestamp: Date.parse(timestamp),
  id: undefined,
  recentFrom: Date.parse(timestamp) / 1000,
  delivered: new DeliveredIds(),
  changed: undefined,
  isOfTenant: true,
  lastSync: undefined,
  ...more,
});

/** What a sync says of its state, its settings, and its waits. */
const notices = (): Message[] =>
  logOf((log) => {
    const before = '2026-03-01T11:50:00.000Z';
    const lastSync = { at: now / 1000 - 3600, start: Date.parse('2026-01-01T00:00:00Z') / 1000, lookbackMinutes: 10 };
    const config = parseConfig(settings, now);
    const earlier = parseConfig({ ...settings, backfill_start_time: '2025-01-01T00:00:00Z' }, now);
    const longer = parseConfig({ ...settings, lookback_window_minutes: 60 }, now);
    log.startsNow(now / 1000);
    log.refresh();
    log.nothingReturned();
    log.filtersIgnored();
    log.saved(savedUntil(before, { changed: 'tenant' }), config, now / 1000);
    log.saved(savedUntil(before, { changed: 'filters' }), config, now / 1000);
    log.saved(savedUntil(before, { lastSync }), earlier, now / 1000);
    log.saved(savedUntil(before, { lastSync }), longer, now / 1000);
    log.saved(savedUntil('2099-12-31T23:59:59.000Z'), config, now / 1000);
    log.saved(savedUntil('2023-06-01T00:00:00.000Z'), config, now / 1000);
    log.waits(now + 42_000, 'allowance', config.requestsPerMinute);
    log.replaced(['inputs']);
    log.warn();
    log.readsAgain({ from: now / 1000 - 3600, to: undefined }, 120, 1000);
  });

/** What is said once a sync, of all windows together. */
const warnings = (): Message[] =>
  logOf((log) => {
    log.window(range, { ...gathered, withoutId: 3, withoutTime: 3 }, { ...counts, reused: 300 }, 5, 1200);
    log.warn();
  });

const range = { from: now / 1000 - 3600, to: now / 1000 };
const counts = { delivered: 30, known: 33, reused: 0, excluded: 0, old: 0 };
const gathered: GatheredWindow = {
  rows: 63,
  summed: 63,
  own: 63,
  newest: range.from,
  withoutId: 0,
  withoutTime: 0,
  older: 0,
  lacksRows: false,
};

/** The last lines of syncs that are read to their end, and not complete. */
function verdicts(): Message[] {
  const complete: Proof = { missing: 0, isUncertain: false, isBehind: false };
  const proofs = [
    { ...complete, missing: 5 },
    { ...complete, isUncertain: true },
    { ...complete, isBehind: true },
  ];
  return logOf((log) => {
    log.window(range, gathered, counts, 0, 0);
    for (const proof of proofs) log.finish(68, proof, 2);
  });
}

/** What is logged of a request that fails once. */
async function retries(): Promise<Message[]> {
  const logged: Message[] = [];
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const log = (kind: string, text: string): unknown => logged.push({ text, kind });
  const retry = new Retry({ limits: SYNC_RETRY_LIMITS, clock, random: () => 0.5, log, pausedMs: () => 0 });
  for (const error of [
    errorForStatus(503, { service: 'Tines', baseUrl: `https://${DOMAIN}` }),
    new RateLimitedError('Tines', 7000, 7000),
  ]) {
    let failed = false;
    const attempt = (): Promise<void> => {
      if (failed) return Promise.resolve();
      failed = true;
      return Promise.reject(error);
    };
    const range = { after: now / 1000 - 3600, before: now / 1000, page: 1, perPage: 500 };
    await retry.run({ name: describeRequest(range), attempt }, new AbortController().signal);
  }
  return logged;
}

describe('docs/security.md', () => {
  const rows = [...read('docs/security.md').matchAll(/^\| promise +\| tested by +\|$(.*?)\n\n/gms)].flatMap(
    ([, body = '']) =>
      body
        .split('\n')
        .slice(2)
        .map((line) => line.slice(1, -1).split(/(?<!\\)\|/)),
  );

  /** Of `[file](path) "test", "another test"`. */
  const testsIn = (cell: string): (readonly [path: string, name: string])[] =>
    [...cell.matchAll(/\]\(\.\.\/([^)]+)\)((?:,? "[^"]+")*)/g)].flatMap(([, path = '', names = '']) =>
      (names === '' ? [''] : [...names.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)).map(
        (name) => [path, name] as const,
      ),
    );

  const isTestOf = (path: string, name: string): boolean => {
    const source = existsSync(join(root, path)) ? read(path) : '';
    if (path.endsWith('.py')) return source.includes(`\ndef ${name}(`);
    const isTest = path.endsWith('.test.ts') && name !== '';
    return isTest && ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`));
  };

  test('names a test for every promise', () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter(([, tests = '']) => testsIn(tests).length === 0)).toEqual([]);
  });

  test('names only tests that there are', () => {
    const named = rows.flatMap(([, tests = '']) => testsIn(tests));
    expect(named.filter(([path, name]) => !isTestOf(path, name))).toEqual([]);
  });
});

test('docs/privacy.md names only tests that there are', () => {
  const cells = table('docs/privacy.md', 'place').map(([, , tests = '']) => tests);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`(\S+\.(?:ts|py))`, "([^"]+)"/g)]);
  expect(named).toHaveLength(3);
  expect(named.filter(([, path = '', name = '']) => !read(path).includes(`'${name}`))).toEqual([]);
});

describe('docs/sql.md', () => {
  test('leads to every file of docs/sql', () => {
    const files = readdirSync(join(root, 'docs/sql'), { recursive: true, encoding: 'utf8' });
    const linked = [...read('docs/sql.md').matchAll(/\]\(sql\/([^)]+\.sql)\)/g)].map(([, file]) => file);
    expect(linked.toSorted()).toEqual(files.filter((file) => file.endsWith('.sql')).toSorted());
  });

  test.each(readdirSync(join(root, 'docs/sql/detections')))(
    'leads to %s, which says what it finds, its false positives and its parameters',
    (file) => {
      const comments = read(`docs/sql/detections/${file}`).matchAll(/^-- (Finds|False positives|Parameters): /gm);
      expect([...comments].map(([, heading]) => heading)).toEqual(['Finds', 'False positives', 'Parameters']);
    },
  );
});

describe('commands', () => {
  const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

  test.each(markdownFiles())('of npm that %s names are scripts of package.json', (path) => {
    const named = [...read(path).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  test('names only files that there are', () => {
    const files = projectFiles();
    const named = [...proseOf('CONTRIBUTING.md').matchAll(/`([\w@./-]+\.(?:ts|mjs|json|md|yaml|sql))`/g)];
    expect(named.length).toBeGreaterThan(30);
    const missing = named.filter(([, name = '']) => !files.some((path) => path === name || path.endsWith(`/${name}`)));
    expect(missing.map(([, name]) => name)).toEqual([]);
  });

  test('has every folder on its map', () => {
    const folders = new Set(projectFiles().flatMap((path) => (path.includes('/') ? [path.split('/')[0]] : [])));
    const mapped = [...read('CONTRIBUTING.md').matchAll(/^\| ((?:`[\w.-]+\/`(?:, )?)+) +\|/gm)].flatMap(
      ([, cell = '']) => [...cell.matchAll(/`([\w.-]+)\/`/g)].map(([, folder]) => folder),
    );
    expect(mapped.toSorted()).toEqual([...folders].toSorted());
  });
});

describe('the workflow', () => {
  const workflow = read('.github/workflows/check.yml');

  test('runs the whole check', () => {
    expect(workflow).toContain('run: .ci/run\n');
  });

  test("has the image's Node, and the oldest that package.json allows", () => {
    const { engines } = JSON.parse(read('package.json')) as { readonly engines: { readonly node: string } };
    const [, major] = /NODE_IMAGE=node:(\d+)\./.exec(read('Dockerfile')) ?? [];
    const versions = [...workflow.matchAll(/node-version: '(.*)'/g)].map(([, version]) => version);
    expect(versions).toEqual([major, engines.node.replace('>=', '')]);
  });
});

describe('links', () => {
  test.each(markdownFiles())('of %s lead somewhere', (path) => {
    const targets = [...proseOf(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, target));
    expect(broken).toEqual([]);
  });
});

function markdownFiles(): string[] {
  return projectFiles().filter((path) => path.endsWith('.md'));
}

/** What is neither ignored by git nor git's own. */
function projectFiles(folder = ''): string[] {
  const ignored = ['.git', ...read('.gitignore').split('\n')].map((line) => line.replace(/\/$/, ''));
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (ignored.includes(entry.name) || ignored.includes(path)) return [];
    return entry.isDirectory() ? projectFiles(path) : [path];
  });
}

describe('words', () => {
  /** Each hides who does what, or stands for a term of the field: see "Words" in CONTRIBUTING.md. */
  const REFUSED = /\b(whoever|told of|can[’']t be had|patience|stretch(?:es)?|claims?)\b/gi;
  /** Those that no comment has any more. */
  const REFUSED_IN_COMMENTS = /\b(whoever|told of|beside|patience|stretch(?:es)?|claims?)\b/gi;
  const isHistory = (path: string): boolean => path.endsWith('CHANGELOG.md');
  test.each(markdownFiles().filter((path) => !isHistory(path)))('of %s are plain', (path) => {
    expect(
      proseOf(path)
        .replace(/`[^`]*`/g, '')
        .match(REFUSED),
    ).toBeNull();
  });

  test('of comments are plain', () => {
    const comments = projectFiles()
      .filter((path) => path.endsWith('.ts'))
      .map(
        (path) =>
          [
            path,
            read(path)
              .match(/^ *(?:\/\*|\*|\/\/).*$/gm)
              ?.join('\n') ?? '',
          ] as const,
      );
    expect(comments.filter(([, text]) => text.search(REFUSED_IN_COMMENTS) >= 0).map(([path]) => path)).toEqual([]);
  });
});

/** Without blocks of code. */
const proseOf = (path: string): string => read(path).replace(/^( *)```.*?^\1```$/gms, '');

function leadsSomewhere(from: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || anchorsOf(path).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  return [...proseOf(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
