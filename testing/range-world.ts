import { setMaxListeners } from 'node:events';
import { ManualClock } from '@airbyte/cdk-typescript-compat/testing';
import type { TenantEntry } from '../simulated-tenant/tenant-entry';
import type { FaultChooser } from '../simulated-tenant/tenant-faults';
import type { TenantModelOptions } from '../simulated-tenant/tenant-model';
import { Coverage, type CoverageLimits } from '../src/audit-logs/coverage';
import { ServerFacts } from '../src/audit-logs/server-facts';
import { idsOf, RangeRequests, type Response } from '../src/tines/responses';
import { entryAt, START } from './sync-world';
import { TenantClient } from './tenant-client';

/** The first second of the ranges that are read: 2026-03-02T10:00:00Z, two hours ago. Epoch s. */
export const FROM = Math.floor(START / 1000) - 7200;

/** One entry in each second from {@link FROM} on, or every so many seconds, with ids from 1 on. */
export const evenly = (count: number, everySeconds = 1): TenantEntry[] =>
  Array.from({ length: count }, (_, index) => entryAt(index + 1, (FROM + index * everySeconds) * 1000));

/** So many entries of one second after {@link FROM}, with ids of their own. */
export const atOnce = (count: number, second: number): TenantEntry[] =>
  Array.from({ length: count }, (_, index) => entryAt(1000 * (second + 1) + index, (FROM + second) * 1000));

/** The entries' ids, ascending. */
export const idsFrom = (entries: readonly TenantEntry[]): number[] =>
  entries.map(({ id }) => Number(id)).sort((a, b) => a - b);

/** The ids on the responses' pages, ascending. */
export const idsOn = (responses: readonly Response[]): number[] =>
  [...new Set(responses.flatMap(({ page }) => [...idsOf(page)].map(Number)))].sort((a, b) => a - b);

/** The bytes of the responses' pages. */
export const bytesOf = (responses: readonly Response[]): number =>
  responses.reduce((sum, { page }) => sum + page.bytes, 0);

/** Ways of a tenant. */
export const NO_META = { meta: { present: false } };
export const NO_COUNT = { meta: { count: false } };
export const NO_NEXT = { meta: { nextPage: false, nextPageNumber: false } };
export const INCLUSIVE: TenantModelOptions = { afterEdge: 'exact_inclusive', beforeEdge: 'exact_inclusive' };

/** A tenant that fails where so many rows match. */
export const heavy = (rows: number): TenantModelOptions => ({ heavyRange: { rows, response: 504 } });

/** A tenant that counts and never returns the entries with such ids. */
export const withholding = (isWithheld: (id: number) => boolean): TenantModelOptions => ({
  withholds: ({ id }) => isWithheld(Number(id)),
});

/** What a request asks for: seconds after {@link FROM}, number and rows of the page. */
export interface Asked {
  readonly from: number;
  readonly to: number;
  readonly page: number;
  readonly perPage: number;
}

/** A tenant that fails where this holds of a request and its number, from 1 on. */
export function failingWhere(fails: (asked: Asked, number: number) => boolean): TenantModelOptions {
  const secondOf = (text: string | null): number => (text === null ? Infinity : Date.parse(text) / 1000 - FROM);
  const faultFor: FaultChooser = (number, query) => {
    const asked = {
      from: secondOf(query.get('after')) + 1,
      to: secondOf(query.get('before')),
      page: Number(query.get('page')),
      perPage: Number(query.get('per_page')),
    };
    return fails(asked, number) ? { kind: 'status', status: 504 } : undefined;
  };
  return { faultFor };
}

/** What ranges of a simulated tenant are read with, on a clock that a test moves. */
export function rangeTools(options: TenantModelOptions, perPage: number) {
  const client = new TenantClient({ now: () => START, ...options });
  const facts = new ServerFacts();
  const clock = new ManualClock(START);
  const signal = new AbortController().signal;
  // Every request under way listens to it.
  setMaxListeners(0, signal);
  const add = (response: Response): void => {
    facts.add(response);
  };
  const requests = new RangeRequests(client, perPage, add, signal);
  return { client, facts, clock, signal, requests, laterNow: () => Math.floor(START / 1000) };
}

/** How a range is covered. */
export interface CoverSettings {
  /** Seconds of the range; open where it is undefined. */
  readonly length: number | undefined;
  readonly limits?: Partial<CoverageLimits>;
  /** 24 unless given. */
  readonly perPage?: number;
  /** The later of both clocks, in s after {@link FROM}. */
  readonly laterNow?: number;
  /** Whether the response to the whole range is there before. */
  readonly isOpened?: boolean;
  /** Entries that appear just before the request of that number is answered. */
  readonly appearing?: Readonly<Record<number, readonly TenantEntry[]>>;
}

/** A range of a simulated tenant from {@link FROM} on, to be covered. */
export function rangeToCover(options: TenantModelOptions, settings: CoverSettings) {
  const { length, limits = {}, perPage = 24, laterNow = length ?? 0, appearing, isOpened = false } = settings;
  const tools = rangeTools(options, perPage);
  const { client, clock, requests } = tools;
  if (appearing !== undefined) {
    client.model.settings.beforeResponse = ({ number }) => {
      client.model.add(appearing[number] ?? []);
    };
  }
  const all = { rows: Infinity, bytes: Infinity, secondBytes: Infinity, ...limits };
  const coverage = new Coverage({ ...tools, laterNow: () => FROM + laterNow }, all);
  const range = { from: FROM, to: length === undefined ? undefined : FROM + length };
  const read = async (): Promise<void> => {
    const first = isOpened ? await requests.ask(range) : undefined;
    await clock.runTo(coverage.read(range, first));
  };
  return { client, clock, coverage, read };
}

/** Covers a range. */
export async function cover(options: TenantModelOptions, settings: CoverSettings) {
  const { client, coverage, read } = rangeToCover(options, settings);
  await read();
  const held = [...client.held];
  return { coverage, client, held, ids: idsOn(coverage.responses), words: client.words(FROM) };
}
