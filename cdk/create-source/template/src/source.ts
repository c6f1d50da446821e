import { defineSource } from '@airbyte/cdk-typescript-compat';
import { CHECK_RETRY_LIMITS, createHttpClient, pageGetter } from '@airbyte/cdk-typescript-compat/http';
import { linkHeader, paginate, stream } from '@airbyte/cdk-typescript-compat/incremental';
import { issueSchema } from './schemas';
import { connection, spec } from './settings';

export const source = defineSource({
  spec,
  check: async (config, context) => {
    const client = createHttpClient({ ...connection(config, context), retryLimits: CHECK_RETRY_LIMITS });
    await client.getJson('/issues', { per_page: 1 }, context.signal);
  },
  streams: (config, context) => {
    const get = pageGetter(connection(config, context));
    const issues = stream({
      name: 'issues',
      schema: issueSchema,
      primaryKey: ['id'],
      cursor: { field: 'updated_at', kind: 'date-time', order: 'ascending' },
      read: ({ from }, reading) => {
        const query = { sort: 'updated', direction: 'asc', per_page: 100, since: from };
        return paginate({ get: get(reading), path: '/issues', query, rows: 'json', next: linkHeader() });
      },
    });
    return [issues];
  },
});
