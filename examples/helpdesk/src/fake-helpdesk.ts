import { fakeApi, type FakeApi, type FakeApiOptions, type FakeRequest } from '@airbyte/cdk-typescript-compat/testing';

/** A record as PocketBase gives it. */
interface Row {
  readonly [column: string]: string;
  readonly id: string;
  readonly created: string;
  readonly updated: string;
}

/** The token that the fake help desk knows. */
export const TOKEN = 'fake-token-7Gq2';

/** Rows that any read finds: two tickets of the same time among them, and more replies than a page of three holds. */
export class FakeHelpdesk {
  readonly collections: Record<string, Row[]> = { agents: [], tickets: [], replies: [] };
  #minute = 0;

  constructor() {
    for (const name of ['Anna', 'Bert', 'Cleo', 'Dora']) this.#add('agents', { name, email: `${name}@example.com` });
    for (let ticket = 0; ticket < 9; ticket += 1) {
      if (ticket % 4 === 0) this.#minute += 1;
      const id = this.addTicket();
      for (let reply = 0; reply < ticket % 5; reply += 1) this.#add('replies', { ticket: id, body: 'Thanks.' });
    }
  }

  /** A new ticket, dated now. @returns its id */
  addTicket(): string {
    return this.#add('tickets', { subject: 'Broken', status: 'open', agent: '' });
  }

  /** A new reply, which changes its ticket. */
  reply(ticket: string): void {
    this.#minute += 1;
    this.#add('replies', { ticket, body: 'Done.' });
    const tickets = this.collections['tickets'] ?? [];
    this.collections['tickets'] = tickets.map((row) => (row.id === ticket ? { ...row, updated: this.#now() } : row));
  }

  /** Changes the newest ticket, and not when it was updated. */
  restate(): void {
    const tickets = this.collections['tickets'] ?? [];
    this.collections['tickets'] = [...tickets]
      .sort((a, b) => a.updated.localeCompare(b.updated))
      .map((row, index, { length }) => (index === length - 1 ? { ...row, subject: 'Restated' } : row));
  }

  start(options: Partial<FakeApiOptions> = {}): Promise<FakeApi> {
    return fakeApi({
      routes: {
        'GET /api/collections/:collection/records': (request) => {
          const isAllowed = request.headers.authorization === `Bearer ${TOKEN}`;
          return isAllowed ? { json: this.#list(request) } : { status: 403 };
        },
      },
      ...options,
    });
  }

  #add(collection: string, columns: Readonly<Record<string, string>>): string {
    const rows = this.collections[collection] ?? [];
    const id = `${collection}${rows.length}`;
    const [created, updated] = [this.#now(), this.#now()];
    rows.push({ id, collectionId: `pbc_${collection}`, collectionName: collection, created, updated, ...columns });
    return id;
  }

  #now(): string {
    return `2026-01-01 00:${String(this.#minute).padStart(2, '0')}:00.000Z`;
  }

  /** Pages are small, whatever is asked for, so that there are several. */
  #list({ params, query }: FakeRequest): unknown {
    const perPage = 3;
    const page = Number(query['page'] ?? 1);
    const sort = (query['sort'] ?? 'id').split(',');
    const rows = (this.collections[params['collection'] ?? ''] ?? [])
      .filter(matching(query['filter'] ?? ''))
      .sort(
        (a, b) =>
          sort.map((column) => (a[column] ?? '').localeCompare(b[column] ?? '')).find((order) => order !== 0) ?? 0,
      );
    const items = rows.slice((page - 1) * perPage, page * perPage);
    return { items, page, perPage, totalItems: rows.length, totalPages: Math.ceil(rows.length / perPage) };
  }
}

/** Knows filters of `column operator "value"` with `&&`, `||` and no more brackets than the source writes. */
function matching(filter: string): (row: Row) => boolean {
  if (filter === '') return () => true;
  const alternatives = filter.split(' || ').map((part) => part.replace(/[()]/g, '').split(' && '));
  return (row) => alternatives.some((all) => all.every((condition) => holds(condition, row)));
}

function holds(condition: string, row: Row): boolean {
  const [, column = '', operator, wanted = ''] = /^(\w+) (>=|>|=) "([^"]*)"$/.exec(condition) ?? [];
  const value = row[column];
  if (value === undefined || operator === undefined) throw new Error(`The fake help desk does not know: ${condition}`);
  if (operator === '=') return value === wanted;
  return operator === '>' ? value > wanted : value >= wanted;
}
