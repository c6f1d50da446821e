import { parsePage, type SlicedPage } from '../tines/page';

/** The page of a body that is one. @throws Error where it is none */
export function pageOf(body: string | Buffer): SlicedPage {
  const page = parsePage({ bytes: Buffer.from(body), free: () => undefined });
  if (typeof page === 'string') throw new Error(`no page: ${page}`);
  return page;
}
