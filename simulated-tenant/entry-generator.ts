import { entryTimes, type EntrySpread } from './entry-times';
import { dottedOperations, operations, type Operation, type ValueKind } from './operations';
import { pick, type Random, seededRandom, seedOfItem, uuid, wholeNumber } from './random';
import { type EntryFacts, type EntryId, type EntryWriter, TenantEntry } from './tenant-entry';

/**
 * `created_at`: as in responses of live tenants, whole numbers as ids and times cut to seconds. `timestamp`: as in the
 * record another collector documents, UUIDs, milliseconds, `ip_address`, `resource_*` and so on.
 */
export type EntryShape = 'created_at' | 'timestamp';

/** Which entries to make. The same options always give the same entries. */
export interface GeneratorOptions {
  /** Any whole number. */
  readonly seed: number;
  readonly count: number;
  /** Earliest time, epoch ms. */
  readonly from: number;
  /** The time before which all lie, epoch ms. */
  readonly to: number;
  /** `created_at` unless given. */
  readonly shape?: EntryShape | undefined;
  /** `even` unless given. */
  readonly spread?: EntrySpread | undefined;
  /** The lowest id, with shape `created_at`; 20,000,001 unless given. Ids grow with time and leave gaps. */
  readonly firstId?: number | undefined;
  /** Entries have both times: their `timestamp` is `created_at`, which `after` and `before` go by, plus a delta. */
  readonly timestampDelta?: TimestampDelta | undefined;
  /** Entries are filled up to this size, in bytes; as large as their kind unless given. */
  readonly bytes?: number | undefined;
}

/** Entries at times that are given, for what `generateEntries` can't place. */
export interface EntriesAtOptions {
  readonly seed: number;
  /** Epoch ms, fractions are microseconds; ascending. */
  readonly times: ArrayLike<number>;
  readonly shape?: EntryShape | undefined;
  readonly firstId?: number | undefined;
  /** Ids to give, with shape `created_at`, one for each time. */
  readonly ids?: readonly number[] | undefined;
  /** From when they are visible, epoch ms; from their time on unless given. */
  readonly visibleAt?: number | undefined;
  /** As in `GeneratorOptions`. */
  readonly timestampDelta?: TimestampDelta | undefined;
  readonly bytes?: number | undefined;
}

/** How far an entry's `timestamp` is ahead of its `created_at`, in ms: at least `from`, at most `to`, another for each entry. */
export interface TimestampDelta {
  readonly from: number;
  readonly to: number;
}

/** Entries spread over a time, ascending by time and id. */
export function generateEntries(options: GeneratorOptions): TenantEntry[] {
  const { seed, count, from, to, shape, spread = 'even', firstId, timestampDelta, bytes } = options;
  const times = entryTimes(seededRandom(seedOfItem(seed, -1)), spread, { count, from, to });
  return entriesAt({ seed, times, shape, firstId, timestampDelta, bytes });
}

/** An entry for each of the given times, ascending. */
export function entriesAt(options: EntriesAtOptions): TenantEntry[] {
  const { seed, times, shape = 'created_at', ids, visibleAt, timestampDelta, bytes } = options;
  const random = seededRandom(seed);
  const shapeWriter = shape === 'created_at' ? createdAtWriter(seed) : timestampWriter(seed);
  const timesWriter = timestampDelta === undefined ? shapeWriter : bothTimesWriter(shapeWriter, seed, timestampDelta);
  const write = bytes === undefined ? timesWriter : filledWriter(timesWriter, bytes);
  let nextId = options.firstId ?? 20_000_001;
  return Array.from(times, (at, index) => {
    const id = shape === 'timestamp' ? uuid(random) : (ids?.[index] ?? nextId);
    nextId += wholeNumber(random, 1, 7);
    const user = pick(random, users);
    const userId = shape === 'timestamp' ? user.uuid : user.id;
    const operationName = shape === 'timestamp' ? dottedName(random) : pick(random, weightedOperations).name;
    return new TenantEntry({ at, id, userId, operationName, visibleAt }, write, index);
  });
}

/** Adds a field that makes the entry as large as it is to be. */
function filledWriter(write: EntryWriter, bytes: number): EntryWriter {
  const field = ',"note":""';
  return (facts, index) => {
    const text = write(facts, index);
    const missing = bytes - Buffer.byteLength(text) - field.length;
    return missing < 0
      ? text
      : `${text.slice(0, -1)}${field.slice(0, -1)}${'note '.repeat(missing).slice(0, missing)}"}`;
  };
}

interface User {
  readonly id: number;
  readonly uuid: string;
  readonly email: string;
  readonly name: string;
  readonly agent: string;
}

const browsers = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36',
];

/** A live tenant showed a user whose name is one blank. */
const users: readonly User[] = [
  'Ada Fischer',
  'Bo Lindqvist',
  'Chidi Okafor',
  'Dana "DJ" Juarez',
  'Émile Roux',
  '山田 太郎',
  ' ',
  "Gráinne O'Neill",
  'Hana Novák',
  'Automation Service',
].map((name, index) => {
  const random = seededRandom(1000 + index);
  const mailbox =
    name === ' ' ? 'sso' : ['ada', 'bo', 'chidi', 'dj', 'emile', 'taro', '', 'grainne', 'hana', 'bot'][index];
  return {
    id: 3100 + index * 37,
    uuid: uuid(random),
    email: `${mailbox ?? 'user'}@${pick(random, ['example.com', 'example.org', 'example.net'])}`,
    name,
    agent: name === 'Automation Service' ? 'python-requests/2.32.3' : pick(random, browsers),
  };
});

const byId = new Map<EntryId | undefined, User>(users.flatMap((user) => [[user.id, user] as const, [user.uuid, user]]));
const operationByName = new Map(operations.map((operation) => [operation.name, operation]));
const weightedOperations = operations.flatMap((operation) => Array<Operation>(operation.weight).fill(operation));

const startOf2024 = Date.UTC(2024, 0);
const startOf2025 = Date.UTC(2025, 0);
const TENANT_ID = 6120;

/** The keys and their order are those of captured responses; `outputs` appeared in 2024, `story_id` was seen in 2025. */
function createdAtWriter(seed: number): EntryWriter {
  return ({ at, id, userId, operationName = '' }, index) => {
    const random = seededRandom(seedOfItem(seed, index));
    const user = byId.get(userId);
    const operation = operationByName.get(operationName);
    const storyId = wholeNumber(random, 1200, 1499);
    const printed = `${new Date(at).toISOString().slice(0, 19)}Z`;
    return JSON.stringify({
      created_at: printed,
      operation_name: operationName,
      id,
      inputs: operation === undefined ? null : inputsOf(random, operation, storyId),
      ...(at < startOf2024 ? {} : { outputs: random() < 0.75 ? {} : { id: wholeNumber(random, 1, 9e6), errors: [] } }),
      request_ip: ipAddress(random),
      request_user_agent: user?.agent,
      tenant_id: TENANT_ID,
      updated_at: printed,
      user_email: user?.email,
      user_id: userId,
      user_name: user?.name,
      ...(at >= startOf2025 && operation?.ofStory === true ? { story_id: storyId } : {}),
    });
  };
}

/** Writes both times, `created_at` in whole seconds and `timestamp` in ms, whichever of them the other writer has. */
function bothTimesWriter(write: EntryWriter, seed: number, { from, to }: TimestampDelta): EntryWriter {
  return (facts, index) => {
    const delta = wholeNumber(seededRandom(seedOfItem(seed ^ 0x5bd1e995, index)), from, to);
    const json = JSON.parse(write(facts, index)) as Record<string, unknown>;
    return JSON.stringify({
      ...json,
      created_at: `${new Date(facts.at).toISOString().slice(0, 19)}Z`,
      timestamp: new Date(facts.at + delta).toISOString(),
    });
  };
}

/** The columns of the documented record. */
function timestampWriter(seed: number): EntryWriter {
  return ({ at, id, userId, operationName = '' }: EntryFacts, index) => {
    const random = seededRandom(seedOfItem(seed, index));
    const user = byId.get(userId);
    const changes = {
      field: pick(random, ['name', 'status', 'description']),
      old_value: name(random),
      new_value: name(random),
    };
    return JSON.stringify({
      id,
      timestamp: new Date(at).toISOString(),
      user_id: userId,
      user_email: user?.email,
      user_name: user?.name,
      operation_name: operationName,
      resource_type: operationName.split('.')[0],
      resource_id: uuid(random),
      resource_name: name(random),
      ip_address: ipAddress(random),
      user_agent: user?.agent,
      status: random() < 0.97 ? 'success' : 'failure',
      metadata: random() < 0.8 ? { changes } : {},
      organization_id: 'c6b1e0d2-58a4-4f7e-a1b3-7d20c4f9e815',
      tenant: 'simulated',
    });
  };
}

function dottedName(random: Random): string {
  const { resource, verbs } = pick(random, dottedOperations);
  return `${resource}.${pick(random, verbs)}`;
}

function inputsOf(random: Random, operation: Operation, storyId: number): Record<string, unknown> | null {
  if (operation.form === 'null') return null;
  const fields = operation.fields.map(
    ([key, kind]) => [key, key === 'storyId' ? storyId : valueOf(random, kind)] as const,
  );
  const inputs = Object.fromEntries(fields);
  return operation.form === 'nested' ? { inputs } : inputs;
}

function valueOf(random: Random, kind: ValueKind): unknown {
  switch (kind) {
    case 'id':
      return wholeNumber(random, 1, 99_999);
    case 'ids':
      return several(random, () => wholeNumber(random, 1000, 99_999));
    case 'name':
      return name(random);
    case 'names':
      return several(random, () => name(random));
    case 'text':
      return `${name(random)}: ${pick(random, sentences)}`;
    case 'flag':
      return random() < 0.5;
    case 'number':
      return random() < 0.5 ? wholeNumber(random, 1, 604_800) : Math.round(random() * 1e4) / 100;
    case 'null':
      return null;
    case 'mode':
      return pick(random, ['TEXT', 'TEAM', 'GLOBAL', 'new', 'versionReplace']);
    case 'redacted':
      return 'REDACTED';
    case 'email':
      return pick(random, users).email;
    case 'emails':
      return several(random, () => pick(random, users).email);
    case 'object':
      return {
        name: name(random),
        url: `https://api.example.net/v${wholeNumber(random, 1, 3)}/{{ .receive.body.id }}`,
        method: pick(random, ['get', 'post']),
        content_type: 'application_json',
        headers: { 'X-Request-Source': name(random) },
        retry_on_status: [429, 503],
        log_error_on_status: [],
      };
    case 'objects':
      return several(random, () => ({
        id: wholeNumber(random, 1000, 99_999),
        type: pick(random, agentTypes),
        name: name(random),
      }));
    case 'position':
      return position(random);
    case 'positions':
      return several(random, () => ({ id: wholeNumber(random, 1000, 99_999), ...position(random) }));
  }
}

function several<Item>(random: Random, make: () => Item): Item[] {
  return Array.from({ length: wholeNumber(random, 1, 5) }, make);
}

function position(random: Random): { x: number; y: number } {
  return { x: wholeNumber(random, -900, 900), y: wholeNumber(random, -900, 900) };
}

function ipAddress(random: Random): string {
  return `${pick(random, ['192.0.2', '198.51.100', '203.0.113'])}.${wholeNumber(random, 1, 254)}`;
}

function name(random: Random): string {
  return random() < 0.04 ? pick(random, trickyTexts) : `${pick(random, verbs)} ${pick(random, nouns)}`;
}

const agentTypes = ['Agents::HTTPRequestAgent', 'Agents::EventTransformationAgent', 'Agents::TriggerAgent'];
const verbs = ['Triage', 'Enrich', 'Block', 'Collect', 'Review', 'Escalate', 'Close', 'Notify about', 'Archive'];
const nouns = ['phishing reports', 'new sign-ins', 'EDR alerts', 'open cases', 'leaver accounts', 'cloud findings'];
const sentences = [
  'runs every hour and writes to the case',
  'replaces the older version once the team has agreed',
  'see the runbook before you change anything here',
  'kept for the audit',
];

/** What breaks naive line splitting, escaping or sizes in bytes. */
const trickyTexts = [
  'He said "stop" and left',
  'C:\\share\\new\\table',
  'first line\nsecond line\r\nthird',
  'tab\there',
  'Rocket \u{1F680} and family \u{1F468}\u200D\u{1F469}\u200D\u{1F467}',
  'line\u2028separator',
  'paragraph\u2029separator',
  'next\u0085line',
  'control \u0001 and \u007F',
  'naïve café, Zürich, 東京',
  '</script><b>&amp;{{ jinja }} ${shell}',
];
