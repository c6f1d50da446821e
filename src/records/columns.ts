import { utf8Text } from '../json/byte-writer';
import { FIELD_KINDS, FIELD_NAMES, fieldCode, WHOLE_ROW, type FieldName } from '../tines/page-index';

/** The columns of a record, in their order. The last one takes what has no column, or does not fit its own. */
const NAMES = [...FIELD_NAMES, 'additional_fields'] as const;

/** The field that fills a column where its own is absent, null or doesn't fit. */
const OTHER_FIELDS = new Map<string, FieldName>([
  ['ip_address', 'request_ip'],
  ['user_agent', 'request_user_agent'],
  ['organization_id', 'tenant_id'],
]);

/** How records are laid out. */
export type RecordLayout = ReturnType<typeof recordLayout>;
/** A column, ready to be written. */
export type Column = RecordLayout['columns'][number];

/** The layout of records. @param selected their columns, `id` and `timestamp` among them; all unless given */
export function recordLayout(selected: readonly string[] = NAMES) {
  let text = '';
  const columns = NAMES.filter((name) => selected.includes(name)).map((name) => {
    text += `${text === '' ? '{' : ','}"${name}":null`;
    const other = OTHER_FIELDS.get(name);
    return {
      name,
      kind: FIELD_KINDS[NAMES.indexOf(name)],
      /** The codes of the fields that fill it; one that no entry has where there is none. */
      field: NAMES.indexOf(name),
      otherField: other === undefined ? WHOLE_ROW : fieldCode(other),
      /** Where in the empty record its value begins and ends. */
      valueStart: text.length - 'null'.length,
      valueEnd: text.length,
    };
  });
  return {
    /** In the order of a record. */
    columns,
    /** The record in which all are null: what lies between two values that are given makes those between them null. */
    empty: utf8Text(`${text}}`),
    /** Codes of the fields whose own columns are left out. */
    leftOut: FIELD_NAMES.filter((name) => !selected.includes(name)).map(fieldCode),
  };
}
