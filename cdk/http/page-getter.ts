import type { ReadContext } from '../src/source';
import { createHttpClient, type HttpClientOptions, type JsonAnswer, type Query } from './http-client';

/** Gets one page: a path below the base URL, or a link as the server gave it. */
export type GetPage = (request: { readonly path: string; readonly query: Query }) => Promise<JsonAnswer>;

/**
 * Makes what `paginate` gets its pages by, for each read. All reads share one client, and so one rate limit; a wait is
 * told by the stream that is being read.
 */
export function pageGetter(options: Omit<HttpClientOptions, 'onWait'>): (context: ReadContext) => GetPage {
  let reading: ReadContext | undefined;
  const onWait = (until: number): void => {
    reading?.rateLimited(until);
  };
  const client = createHttpClient({ ...options, onWait });
  return (context) => {
    reading = context;
    return ({ path, query }) => client.getJson(path, query, context.signal);
  };
}
