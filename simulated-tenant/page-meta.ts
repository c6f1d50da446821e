/** What the answer's `meta` looks like: servers differ. */
export interface MetaStyle {
  /** False: answers have no `meta` at all. */
  present: boolean;
  /** False: `next_page_number` is missing, as on older self-hosted servers. */
  nextPageNumber: boolean;
  /** False: `pages` and `count` are missing. */
  totals: boolean;
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
  readonly count: number;
}

/**
 * The `meta` of a page, with the keys and the order of captured answers. Of a page past the end neither the previous
 * nor the next is named. Undefined where the style has none.
 */
export function pageMeta({ domain, query, page, perPage, count }: PageFacts, style: MetaStyle): object | undefined {
  if (!style.present) return undefined;
  const pages = Math.ceil(count / perPage);
  const url = pageUrls(domain, query, perPage);
  const hasNext = page < pages;
  const none = style.lastNextPage === 'null' ? null : 'null';
  return {
    current_page: url(page),
    previous_page: page > 1 && page <= pages ? url(page - 1) : null,
    next_page: hasNext ? url(page + 1) : none,
    ...(style.nextPageNumber ? { next_page_number: hasNext ? page + 1 : null } : {}),
    per_page: perPage,
    ...(style.totals ? { pages, count } : {}),
  };
}

function pageUrls(domain: string, query: URLSearchParams, perPage: number): (page: number) => string {
  const kept = new URLSearchParams(query);
  kept.delete('page');
  kept.set('per_page', String(perPage));
  const start = `https://${domain}/api/v1/audit_logs?${kept.toString()}&page=`;
  return (page) => `${start}${page}`;
}
