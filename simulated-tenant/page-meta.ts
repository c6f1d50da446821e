/** What the answer's `meta` looks like: servers differ. */
export interface MetaStyle {
  /** False: answers have no `meta` at all. */
  present: boolean;
  /** False: `count` is missing. */
  count: boolean;
  /** False: `pages` is missing. */
  pages: boolean;
  /** False: `next_page` is missing. */
  nextPage: boolean;
  /** False: `next_page_number` is missing, as on older self-hosted servers. */
  nextPageNumber: boolean;
  /** What `pages`, `next_page` and `next_page_number` follow: the count that is shown, or the rows that there are. */
  pagesOf: 'count' | 'rows';
  /** What `per_page` says: how many rows a page has at most, nothing, or a number whatever that is. */
  perPage: 'true' | 'none' | number;
  /** What `next_page` is on the last page: null, or the string "null" as one product's fixture has it. */
  lastNextPage: 'null' | 'null_string';
}

/** What `meta` tells about a page. */
export interface PageFacts {
  readonly domain: string;
  /** The query as it came; its `page` and `per_page` are replaced. */
  readonly query: URLSearchParams;
  readonly page: number;
  readonly perPage: number;
  /** The count as it is shown. */
  readonly count: number;
  /** How many rows there are. */
  readonly rows: number;
}

/**
 * The `meta` of a page, with the keys and the order of captured answers. Of a page past the end neither the previous
 * nor the next is named. Undefined where the style has none.
 */
export function pageMeta(facts: PageFacts, style: MetaStyle): object | undefined {
  if (!style.present) return undefined;
  const { domain, query, page, perPage, count, rows } = facts;
  const pages = Math.ceil((style.pagesOf === 'count' ? count : rows) / perPage);
  const url = pageUrls(domain, query, perPage);
  const hasNext = page < pages;
  const none = style.lastNextPage === 'null' ? null : 'null';
  return {
    current_page: url(page),
    previous_page: page > 1 && page <= pages ? url(page - 1) : null,
    ...(style.nextPage ? { next_page: hasNext ? url(page + 1) : none } : {}),
    ...(style.nextPageNumber ? { next_page_number: hasNext ? page + 1 : null } : {}),
    ...(style.perPage === 'none' ? {} : { per_page: style.perPage === 'true' ? perPage : style.perPage }),
    ...(style.pages ? { pages } : {}),
    ...(style.count ? { count } : {}),
  };
}

function pageUrls(domain: string, query: URLSearchParams, perPage: number): (page: number) => string {
  const kept = new URLSearchParams(query);
  kept.delete('page');
  kept.set('per_page', String(perPage));
  const start = `https://${domain}/api/v1/audit_logs?${kept.toString()}&page=`;
  return (page) => `${start}${page}`;
}
