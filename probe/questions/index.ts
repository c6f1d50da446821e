import type { Question } from '../question';
import { counts, countSums } from './counts';
import { fields, ids, source, times, users } from './entries';
import { countFreshness, lateEntries, replicas } from './freshness';
import { order } from './order';
import { depth, meta, pastEnd, perPage } from './pages';
import { afterEdge, beforeEdge, filters, fractions } from './query';
import { dateHeader, failures, rateLimitHeaders, transport } from './responses';

/** All questions, in the order in which they are asked: what is seen in all responses, and what happens meanwhile, last. */
export const QUESTIONS: readonly Question[] = [
  ids,
  times,
  fields,
  source,
  users,
  order,
  afterEdge,
  beforeEdge,
  fractions,
  perPage,
  depth,
  pastEnd,
  counts,
  countSums,
  meta,
  filters,
  replicas,
  countFreshness,
  lateEntries,
  dateHeader,
  rateLimitHeaders,
  transport,
  failures,
];
