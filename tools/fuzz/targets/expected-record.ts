import { isJsonObject } from '../../../cdk/src/json-text';
import type { JsonObject } from '../../../cdk/src/protocol';
import { recordLayout } from '../../../src/records/columns';
import { resourceRule } from '../../../src/records/resource';
import { FIELD_NAMES } from '../../../src/tines/page-index';
import { formatTimestamp, parseTimestamp } from '../../../src/tines/time';

/** What a record depends on in addition to its row. */
export interface RecordFacts {
  /** Its timestamp, epoch ms. */
  readonly time: number;
  readonly tenant: string;
  /** Stands for the id where the row has none. */
  readonly hash: string | undefined;
  /** The record that was made: of numbers that become texts it has the digits, which JSON.parse loses. */
  readonly given: unknown;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const MORE_DIGITS = /[.,]\d{4}/;
const OBJECTS: ReadonlySet<string> = new Set(['inputs', 'outputs', 'metadata']);
const TIMES: ReadonlySet<string> = new Set(['created_at', 'updated_at']);
const IDS: ReadonlySet<string> = new Set(['id', 'user_id', 'resource_id', 'organization_id', 'tenant_id', 'story_id']);
const SECOND_NAMES: Readonly<Record<string, string>> = {
  ip_address: 'request_ip',
  user_agent: 'request_user_agent',
  organization_id: 'tenant_id',
};

/** The record of a row, made of objects and slowly. */
export function expectedRecord(row: unknown, facts: RecordFacts): JsonObject {
  const entry = isJsonObject(row) ? row : { entry: row };
  const rest: [string, unknown][] = [];
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(entry)) {
    const isKnown = isJsonObject(row) && FIELD_NAMES.some((known) => known === name);
    if (isKnown && value === null) continue;
    if (isKnown && fits(name, value, facts.time)) fields.set(name, value);
    else rest.push([name, value]);
  }
  const values = recordLayout().columns.map(({ name }): [string, unknown] => [name, columnOf(name, fields, facts)]);
  const additional = rest.length === 0 ? null : Object.fromEntries(rest);
  return { ...Object.fromEntries(values), additional_fields: additional };
}

/** When an entry has happened, epoch ms. */
export function expectedTime(row: unknown): number {
  const { timestamp, created_at: createdAt } = isJsonObject(row) ? row : {};
  return parseTimestamp(timestamp) ?? parseTimestamp(createdAt) ?? Number.NaN;
}

/** By which the API's ranges go, epoch s. */
export function expectedSecond(row: unknown): number {
  const { timestamp, created_at: createdAt } = isJsonObject(row) ? row : {};
  return Math.floor((parseTimestamp(createdAt) ?? parseTimestamp(timestamp) ?? Number.NaN) / 1000);
}

function fits(name: string, value: unknown, time: number): boolean {
  if (OBJECTS.has(name)) return isJsonObject(value);
  if (IDS.has(name) && typeof value === 'number') return true;
  if (typeof value !== 'string') return false;
  if (name === 'id') return value.trim() !== '';
  if (name === 'timestamp') return parseTimestamp(value) === time && !MORE_DIGITS.test(value);
  return !TIMES.has(name) || (RFC_3339.test(value) && parseTimestamp(value) !== undefined);
}

function columnOf(name: string, fields: ReadonlyMap<string, unknown>, facts: RecordFacts): unknown {
  if (name === 'timestamp') return formatTimestamp(facts.time);
  if (name === 'id' && facts.hash !== undefined) return facts.hash;
  const value = fields.get(name) ?? fields.get(SECOND_NAMES[name] ?? '') ?? derived(name, fields, facts);
  return typeof value === 'number' ? digitsOf(value, name, facts.given) : (value ?? null);
}

function derived(name: string, fields: ReadonlyMap<string, unknown>, facts: RecordFacts): unknown {
  if (name === 'tenant') return facts.tenant;
  if (!name.startsWith('resource_')) return undefined;
  const operation = fields.get('operation_name');
  const rule = typeof operation === 'string' ? resourceRule(operation) : undefined;
  const type = fields.get('resource_type') ?? rule?.type;
  if (rule === undefined || rule.type === '' || type !== rule.type) return undefined;
  if (name === 'resource_type') return rule.type;
  const key = rule.lookup?.keys[name === 'resource_id' ? 0 : 1]?.text;
  const inputs = fields.get('inputs');
  if (key === undefined || !isJsonObject(inputs)) return undefined;
  const inner: unknown = inputs['inputs'];
  const candidates = [isJsonObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined, inputs[key]];
  return candidates.find(
    (value) => (typeof value === 'string' && value !== '') || (typeof value === 'number' && name === 'resource_id'),
  );
}

/** The text in the record, if it is one and says that number. */
function digitsOf(value: number, name: string, record: unknown): unknown {
  const given = isJsonObject(record) ? record[name] : undefined;
  return typeof given === 'string' && /^-?\d/.test(given) && Object.is(Number(given), value) ? given : String(value);
}
