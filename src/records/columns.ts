import { utf8Text } from '../json/byte-writer';
import { FIELD_NAMES, fieldCode, WHOLE_ROW, type FieldName } from '../tines/page-index';

/**
 * What a column holds. `key` and `cursor` are never null; `identifier` is a text also where the field is a number; for
 * `resource_type` and `tenant` something else stands in; `additional` takes what has no column or does not fit its own.
 */
export type ColumnKind =
  'key' | 'cursor' | 'text' | 'identifier' | 'time' | 'object' | 'resource_type' | 'tenant' | 'additional';

/** The columns of a record, in their order. */
const NAMES = [...FIELD_NAMES, 'additional_fields'] as const;

/** What those hold that are no texts. */
const KINDS: Readonly<Partial<Record<(typeof NAMES)[number], ColumnKind>>> = {
  id: 'key',
  timestamp: 'cursor',
  user_id: 'identifier',
  resource_type: 'resource_type',
  resource_id: 'identifier',
  metadata: 'object',
  organization_id: 'identifier',
  tenant: 'tenant',
  created_at: 'time',
  updated_at: 'time',
  tenant_id: 'identifier',
  story_id: 'identifier',
  inputs: 'object',
  outputs: 'object',
  additional_fields: 'additional',
};

/** The field that fills a column where its own is absent, null or doesn't fit. */
const OTHER_FIELDS = new Map<string, FieldName>([
  ['ip_address', 'request_ip'],
  ['user_agent', 'request_user_agent'],
  ['organization_id', 'tenant_id'],
]);

/** A column, ready to be written. */
export interface Column {
  readonly name: string;
  readonly kind: ColumnKind;
  /** The codes of the fields that fill it; one that no entry has where there is none. */
  readonly field: number;
  readonly otherField: number;
  /** Where in the empty record its value begins and ends. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** How records are laid out. */
export type RecordLayout = ReturnType<typeof recordLayout>;

/** The layout of records. @param selected their names, `id` and `timestamp` among them; all unless given */
export function recordLayout(selected: readonly string[] = NAMES) {
  let text = '';
  const columns: Column[] = [];
  const leftOut: number[] = [];
  for (const [field, name] of NAMES.entries()) {
    if (selected.includes(name)) {
      text += `${text === '' ? '{' : ','}"${name}":null`;
      const other = OTHER_FIELDS.get(name);
      const otherField = other === undefined ? WHOLE_ROW : fieldCode(other);
      const [valueStart, valueEnd] = [text.length - 'null'.length, text.length];
      columns.push({ name, kind: KINDS[name] ?? 'text', field, otherField, valueStart, valueEnd });
    } else leftOut.push(field);
  }
  return {
    /** In the order of a record. */
    columns,
    /** The record in which all are null: what lies between two values that are given makes those between them null. */
    empty: utf8Text(`${text}}`),
    /** Codes of the fields whose own columns are left out. */
    leftOut,
  };
}

/** By field code, what the column of that name holds: the field must be that to fit it. */
export const KINDS_OF_FIELDS: readonly ColumnKind[] = FIELD_NAMES.map((name) => KINDS[name] ?? 'text');
