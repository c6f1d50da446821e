const text = { type: 'string' };
const time = { type: 'string', format: 'date-time', airbyte_type: 'timestamp_with_timezone' };

/** All columns of an issue: the platform drops fields that are not declared. */
export const issueSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { id: { type: 'integer' }, title: text, state: text, created_at: time, updated_at: time },
};
