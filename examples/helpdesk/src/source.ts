import { defineSource, type CommandContext } from '@airbyte/cdk-typescript-compat';
import { bearer, CHECK_RETRY_LIMITS, createHttpClient, pageGetter } from '@airbyte/cdk-typescript-compat/http';
import { stream } from '@airbyte/cdk-typescript-compat/incremental';
import { spec, type Config } from './settings';
import { agents, pathOf, replies, tickets } from './streams';

export const source = defineSource({
  spec,
  check: async (config, context) => {
    const client = createHttpClient({ ...connection(config, context), retryLimits: CHECK_RETRY_LIMITS });
    await client.getJson(pathOf('tickets'), { perPage: 1 }, context.signal);
  },
  streams: (config, context) => {
    const get = pageGetter(connection(config, context));
    const changed = tickets(get, config.start_time);
    return [stream(agents(get)), stream(changed), replies(get, changed)];
  },
});

/** The help desk, as all requests reach it. */
function connection({ base_url, api_token }: Config, { log }: CommandContext) {
  return {
    service: 'the help desk',
    baseUrl: base_url,
    // A help desk in one's own network may have no certificate.
    allowHttp: true,
    settings: { address: 'Base URL', credentials: 'API Token' },
    auth: bearer(api_token),
    // PocketBase limits nothing unless it is configured to.
    requestsPerMinute: 6000,
    log,
  };
}
