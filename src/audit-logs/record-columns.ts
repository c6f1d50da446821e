import { FIELD_NAMES, WHOLE_ROW, type FieldName } from '../tines/entry-fields';
import { utf8Text } from '../json/byte-writer';

/** The columns of a record, in their order. */
export const COLUMNS = [
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
  'additional_fields',
] as const;

export type ColumnName = (typeof COLUMNS)[number];

const texts = COLUMNS.map((name, index) => `${index === 0 ? '{' : ','}"${name}":`);

/**
 * The text in front of each column's value, and `null` behind it: what lies between two values that are given makes the
 * columns between them null.
 */
export const FRAGMENTS = utf8Text(`${texts.map((text) => `${text}null`).join('')}}`);

/** Where in {@link FRAGMENTS} a column's value begins, which is `null` there. */
export const FRAGMENT_ENDS = new Uint16Array(COLUMNS.length);

let offset = 0;
texts.forEach((text, index) => {
  FRAGMENT_ENDS[index] = offset + text.length;
  offset += text.length + 'null'.length;
});

/** A column's place. */
export const column = (name: ColumnName): number => COLUMNS.indexOf(name);

const SECOND_SOURCES: Partial<Record<ColumnName, FieldName>> = {
  ip_address: 'request_ip',
  user_agent: 'request_user_agent',
  organization_id: 'tenant_id',
};

/** Stands for a field that no entry has. */
const NO_FIELD = WHOLE_ROW;

/** For each column the codes of two fields: that of its name, and another one that fills it where that is not given. */
export const SOURCES = Uint8Array.from(
  COLUMNS.flatMap((name) => [name, SECOND_SOURCES[name]]),
  (name) => {
    const code = FIELD_NAMES.findIndex((field) => field === name);
    return code === -1 ? NO_FIELD : code;
  },
);
