import { dateTime, defineSource, defineSpec, secret, url, type CommandContext } from '@airbyte/cdk-typescript-compat';
import { bearer, CHECK_RETRY_LIMITS, createHttpClient, pageGetter } from '@airbyte/cdk-typescript-compat/http';
import {
  afterLast,
  childStream,
  pageNumber,
  paginate,
  stream,
  type StreamOptions,
} from '@airbyte/cdk-typescript-compat/incremental';
import { agentSchema, replySchema, ticketSchema } from './schemas';

const spec = defineSpec({
  title: 'Help Desk Source Spec',
  documentationUrl: 'https://docs.airbyte.com/integrations/sources/helpdesk',
  settings: {
    base_url: url({
      title: 'Base URL',
      description: 'Where the help desk is, as the browser shows it before /_/.',
      examples: ['https://helpdesk.example.com'],
    }),
    api_token: secret({
      title: 'API Token',
      description: 'Paste the token that the dashboard shows under _superusers, Impersonate.',
    }),
    start_time: dateTime({
      title: 'Start Time',
      description: 'Tickets that were last changed before do not come. Left empty, all come.',
      optional: true,
      alwaysShow: true,
    }),
  },
});

type Config = ReturnType<typeof spec.parse>;

/** The help desk, as all requests reach it. */
const connection = ({ base_url, api_token }: Config, { log }: CommandContext) => ({
  service: 'the help desk',
  baseUrl: base_url,
  settings: { address: 'Base URL', credentials: 'API Token' },
  auth: bearer(api_token),
  // PocketBase limits nothing unless it is told to.
  requestsPerMinute: 6000,
  log,
});

/** Where PocketBase lists the records of a collection. */
const path = (collection: string): string => `/api/collections/${collection}/records`;

/** PocketBase writes times with a blank, `2026-01-31 09:30:00.000Z`. */
const toIso = (row: Readonly<Record<string, unknown>>) => ({
  ...row,
  created: String(row['created']).replace(' ', 'T'),
  updated: String(row['updated']).replace(' ', 'T'),
});

export const source = defineSource({
  spec,
  check: async (config, context) => {
    const client = createHttpClient({ ...connection(config, context), retryLimits: CHECK_RETRY_LIMITS });
    await client.getJson(path('tickets'), { perPage: 1 }, context.signal);
  },
  streams: (config, command) => {
    const getter = pageGetter(connection(config, command));
    const list = { rows: 'json.items', map: toIso };
    const numbered = { ...list, next: pageNumber({ pagesPath: 'json.totalPages' }) };

    const tickets: StreamOptions = {
      name: 'tickets',
      schema: ticketSchema,
      primaryKey: ['id'],
      cursor: { field: 'updated', start: config.start_time, order: 'ascending' },
      read: ({ from }, context) =>
        paginate({
          ...list,
          get: getter(context),
          path: path('tickets'),
          query: {
            perPage: 200,
            sort: 'updated,id',
            filter: from === undefined ? undefined : `updated >= "${String(from).replace('T', ' ')}"`,
          },
          // A ticket that is changed meanwhile moves to the end: pages by number would skip another.
          next: afterLast({
            parameter: 'filter',
            value: ({ updated, id }) =>
              `updated > "${String(updated)}" || (updated = "${String(updated)}" && id > "${String(id)}")`,
          }),
        }),
    };

    return [
      stream({
        name: 'agents',
        schema: agentSchema,
        primaryKey: ['id'],
        read: (_, context) =>
          paginate({ ...numbered, get: getter(context), path: path('agents'), query: { perPage: 200, sort: 'id' } }),
      }),
      stream(tickets),
      childStream({
        name: 'replies',
        schema: replySchema,
        primaryKey: ['id'],
        parent: tickets,
        cursorField: 'ticket_updated',
        children: (ticket, context) =>
          paginate({
            ...numbered,
            get: getter(context),
            path: path('replies'),
            query: { perPage: 200, sort: 'created,id', filter: `ticket = "${String(ticket['id'])}"` },
          }),
      }),
    ];
  },
});
