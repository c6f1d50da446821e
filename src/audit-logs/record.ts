import { isJsonObject, type JsonObject } from '@airbyte/cdk-typescript-compat';
import type { AuditLogsRecord } from '../generated/types';
import type { DatedEntry } from './entry';
import { deriveResource, type Resource } from './resource';
import { normalizeTimestamp } from './timestamp';

/** The entry's fields that have a column under their own name, or go into one. */
const KNOWN: ReadonlySet<string> = new Set([
  'id',
  'timestamp',
  'operation_name',
  'user_id',
  'user_email',
  'user_name',
  'ip_address',
  'user_agent',
  'resource_type',
  'resource_id',
  'resource_name',
  'status',
  'metadata',
  'organization_id',
  'tenant',
  'created_at',
  'updated_at',
  'request_ip',
  'request_user_agent',
  'tenant_id',
  'story_id',
  'inputs',
  'outputs',
]);

type FreeForm = NonNullable<AuditLogsRecord['inputs']>;

/**
 * Makes the record of an entry: every field as the API gave it, the documented columns filled from their other names,
 * and in `additional_fields` whatever has no column or doesn't fit its column's type. Nothing is dropped.
 * @param tenant the first label of the tenant's domain, where the entry names none
 */
export function toRecord(entry: DatedEntry, tenant: string): AuditLogsRecord {
  const fields = entry.fields;
  const given = {
    requestIp: text(fields['request_ip']),
    userAgent: text(fields['request_user_agent']),
    tenantId: idText(fields['tenant_id']),
    operation: text(fields['operation_name']),
    inputs: freeForm(fields['inputs']),
  };
  const resource = resourceOf(entry);
  // One literal of fixed key order: spreading the entry costs three times as much.
  const record: AuditLogsRecord = {
    id: entry.id,
    timestamp: entry.timestamp,
    operation_name: given.operation,
    user_id: idText(fields['user_id']),
    user_email: text(fields['user_email']),
    user_name: text(fields['user_name']),
    ip_address: text(fields['ip_address']) ?? given.requestIp,
    user_agent: text(fields['user_agent']) ?? given.userAgent,
    resource_type: resource.type,
    resource_id: resource.id,
    resource_name: resource.name,
    status: text(fields['status']),
    metadata: freeForm(fields['metadata']),
    organization_id: idText(fields['organization_id']) ?? given.tenantId,
    tenant: text(fields['tenant']) ?? tenant,
    created_at: time(fields['created_at']),
    updated_at: time(fields['updated_at']),
    request_ip: given.requestIp,
    request_user_agent: given.userAgent,
    tenant_id: given.tenantId,
    story_id: idText(fields['story_id']),
    inputs: given.inputs,
    outputs: freeForm(fields['outputs']),
    additional_fields: null,
  };
  record.additional_fields = additionalFields(fields, record);
  return record;
}

/** As given; what is missing is derived, but never beside a given type that says otherwise. */
function resourceOf(entry: DatedEntry): Resource {
  const fields = entry.fields;
  const type = text(fields['resource_type']);
  const id = idText(fields['resource_id']);
  const name = text(fields['resource_name']);
  if (type !== null && id !== null && name !== null) return { type, id, name };
  const derived = deriveResource(fields['operation_name'], fields['inputs']);
  if (type !== null && type !== derived.type) return { type, id, name };
  return { type: derived.type, id: id ?? derived.id, name: name ?? derived.name };
}

/** Null where nothing is left over, which is the usual case. */
function additionalFields(fields: JsonObject, record: AuditLogsRecord): FreeForm | null {
  let rest: FreeForm | null = null;
  for (const key in fields) {
    const value = fields[key];
    if (value === undefined || value === null) {
      if (value === undefined || KNOWN.has(key)) continue;
    } else if (KNOWN.has(key) && isKept(key, value, record)) continue;
    rest ??= {};
    setOwn(rest, key, value);
  }
  return rest;
}

/** Whether a known field's value is in the record, and not only something else in its column. */
function isKept(key: string, value: unknown, record: AuditLogsRecord): boolean {
  if (key === 'timestamp') return normalizeTimestamp(value) === record.timestamp && !LOST_DIGITS.test(String(value));
  const column = record[key];
  return column === value || (typeof value === 'number' && column === String(value));
}

/** Digits beyond the milliseconds, which the cursor's form doesn't hold. */
const LOST_DIGITS = /[.,]\d{4}/;

/** `__proto__` is a key like any other in JSON. */
function setOwn(target: FreeForm, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Ids are text in every column: numbers in most captures, UUIDs in the documented record. */
function idText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : null;
}

/** As given, where it is a time at all: the column's type promises one. */
const time = (value: unknown): string | null =>
  typeof value === 'string' && RFC_3339.test(value) && normalizeTimestamp(value) !== undefined ? value : null;

const RFC_3339 = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const freeForm = (value: unknown): FreeForm | null => (isJsonObject(value) ? value : null);
