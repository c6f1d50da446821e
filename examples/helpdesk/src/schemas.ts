const text = { type: 'string' };
const time = { type: 'string', format: 'date-time', airbyte_type: 'timestamp_with_timezone' };

/** Every record of PocketBase, and the columns of its collection. */
const record = (columns: Readonly<Record<string, object>>) => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { id: text, collectionId: text, collectionName: text, created: time, updated: time, ...columns },
});

export const agentSchema = record({ name: text, email: text });
export const ticketSchema = record({ subject: text, status: text, agent: text });
export const replySchema = record({ ticket: text, body: text });
