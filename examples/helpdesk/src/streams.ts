import type { Stream } from '@airbyte/cdk-typescript-compat';
import type { pageGetter } from '@airbyte/cdk-typescript-compat/http';
import {
  afterLast,
  childStream,
  pageNumber,
  paginate,
  type StreamOptions,
} from '@airbyte/cdk-typescript-compat/incremental';
import { agentSchema, replySchema, ticketSchema } from './schemas';

type Get = ReturnType<typeof pageGetter>;

/** Where PocketBase lists the records of a collection. */
export const pathOf = (collection: string): string => `/api/collections/${collection}/records`;

/** What the source needs of a record. */
type Row = Readonly<Record<'id' | 'created' | 'updated', string>>;

/** PocketBase writes times with a blank, `2026-01-31 09:30:00.000Z`. */
const toIso = (row: Row): Row => ({
  ...row,
  created: row.created.replace(' ', 'T'),
  updated: row.updated.replace(' ', 'T'),
});

const rows = { rows: 'json.items', map: toIso };
const pages = { ...rows, next: pageNumber({ pagesPath: 'json.totalPages' }) };

/** All agents, in every sync. */
export const agents = (get: Get): StreamOptions<Row> => ({
  name: 'agents',
  schema: agentSchema,
  primaryKey: ['id'],
  read: (_, context) =>
    paginate({ ...pages, get: get(context), path: pathOf('agents'), query: { perPage: 200, sort: 'id' } }),
});

/** Tickets that have changed. */
export const tickets = (get: Get, start: string | undefined): StreamOptions<Row, 'date-time'> => ({
  name: 'tickets',
  schema: ticketSchema,
  primaryKey: ['id'],
  cursor: { field: 'updated', kind: 'date-time', start, order: 'ascending' },
  read: ({ from }, context) => {
    const filter = from === undefined ? undefined : `updated >= "${from.replace('T', ' ')}"`;
    return paginate({
      ...rows,
      get: get(context),
      path: pathOf('tickets'),
      query: { perPage: 200, sort: 'updated,id', filter },
      // A ticket that changes meanwhile moves to the end: pages by number would skip another.
      next: afterLast({
        parameter: 'filter',
        value: ({ updated: at, id }: Row) => `updated > "${at}" || (updated = "${at}" && id > "${id}")`,
      }),
    });
  },
});

/** The replies to tickets that have changed: a reply changes its ticket. */
export const replies = (get: Get, parent: StreamOptions<Row, 'date-time'>): Stream =>
  childStream({
    name: 'replies',
    schema: replySchema,
    primaryKey: ['id'],
    parent,
    cursorField: 'ticket_updated',
    children: ({ id }, context) => {
      const query = { perPage: 200, sort: 'created,id', filter: `ticket = "${id}"` };
      return paginate({ ...pages, get: get(context), path: pathOf('replies'), query });
    },
  });
