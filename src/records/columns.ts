import { FIELD_NAMES, fieldCode, WHOLE_ROW, type FieldName } from '../tines/page-index';
import { utf8Text, type Utf8Text } from '../json/byte-writer';

/**
 * What a column holds. `key` and `cursor` are never null; `identifier` is a text also where the field is a number;
 * `resource_type` and `tenant` are texts for which something else stands in; `additional` takes whatever has no column
 * or doesn't fit its own.
 */
export type ColumnKind =
  'key' | 'cursor' | 'text' | 'identifier' | 'time' | 'object' | 'resource_type' | 'tenant' | 'additional';

interface ColumnRow {
  readonly name: FieldName | 'additional_fields';
  /** The fields that fill it: the second where the first is absent, null or doesn't fit its own column. */
  readonly from: readonly [] | readonly [FieldName] | readonly [FieldName, FieldName];
  readonly kind: ColumnKind;
}

/** The columns of a record, in their order. */
const TABLE: readonly ColumnRow[] = [
  { name: 'id', from: ['id'], kind: 'key' },
  { name: 'timestamp', from: ['timestamp'], kind: 'cursor' },
  { name: 'operation_name', from: ['operation_name'], kind: 'text' },
  { name: 'user_id', from: ['user_id'], kind: 'identifier' },
  { name: 'user_email', from: ['user_email'], kind: 'text' },
  { name: 'user_name', from: ['user_name'], kind: 'text' },
  { name: 'ip_address', from: ['ip_address', 'request_ip'], kind: 'text' },
  { name: 'user_agent', from: ['user_agent', 'request_user_agent'], kind: 'text' },
  { name: 'resource_type', from: ['resource_type'], kind: 'resource_type' },
  { name: 'resource_id', from: ['resource_id'], kind: 'identifier' },
  { name: 'resource_name', from: ['resource_name'], kind: 'text' },
  { name: 'status', from: ['status'], kind: 'text' },
  { name: 'metadata', from: ['metadata'], kind: 'object' },
  { name: 'organization_id', from: ['organization_id', 'tenant_id'], kind: 'identifier' },
  { name: 'tenant', from: ['tenant'], kind: 'tenant' },
  { name: 'created_at', from: ['created_at'], kind: 'time' },
  { name: 'updated_at', from: ['updated_at'], kind: 'time' },
  { name: 'request_ip', from: ['request_ip'], kind: 'text' },
  { name: 'request_user_agent', from: ['request_user_agent'], kind: 'text' },
  { name: 'tenant_id', from: ['tenant_id'], kind: 'identifier' },
  { name: 'story_id', from: ['story_id'], kind: 'identifier' },
  { name: 'inputs', from: ['inputs'], kind: 'object' },
  { name: 'outputs', from: ['outputs'], kind: 'object' },
  { name: 'additional_fields', from: [], kind: 'additional' },
];

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
export interface RecordLayout {
  /** The columns of a record, in their order. */
  readonly columns: readonly Column[];
  /**
   * The record in which all are null: what lies between two values that are given makes the columns between them null.
   */
  readonly empty: Utf8Text;
  /** Codes of the fields whose own columns are left out. */
  readonly leftOut: readonly number[];
}

/** Stands for a field that no entry has. */
const NO_FIELD = WHOLE_ROW;
const codeOf = (name: FieldName | undefined): number => (name === undefined ? NO_FIELD : fieldCode(name));

/**
 * The layout of records of some columns, `id` and `timestamp` among them.
 * @param selected their names; undefined for all
 */
export function recordLayout(selected?: readonly string[]): RecordLayout {
  const isSelected = ({ name }: { readonly name: string }): boolean => selected?.includes(name) ?? true;
  let text = '{';
  const columns = TABLE.filter(isSelected).map(({ name, from: [first, second], kind }, index) => {
    text += `${index === 0 ? '' : ','}"${name}":null`;
    const valueStart = text.length - 'null'.length;
    return { name, kind, field: codeOf(first), otherField: codeOf(second), valueStart, valueEnd: text.length };
  });
  const leftOut = FIELD_NAMES.filter((name) => !isSelected({ name })).map(fieldCode);
  return { columns, empty: utf8Text(`${text}}`), leftOut };
}

/** By field code, what the column of that name holds: the field must be that to fit it. */
export const KINDS_OF_FIELDS: readonly ColumnKind[] = FIELD_NAMES.map(
  (field) => TABLE.find(({ name }) => name === field)?.kind ?? 'text',
);
