import type { Question } from '../question';
import { afterEdge, beforeEdge } from './edges';
import { countFreshness } from './count-freshness';
import { countSums } from './count-sums';
import { counts } from './counts';
import { dateHeader } from './date-header';
import { depth } from './depth';
import { failures } from './failures';
import { fields } from './fields';
import { filters } from './filters';
import { fractions } from './fractions';
import { ids } from './ids';
import { lateEntries } from './late-entries';
import { meta } from './meta';
import { order } from './order';
import { pastEnd } from './past-end';
import { perPage } from './per-page';
import { rateLimitHeaders } from './rate-limit-headers';
import { replicas } from './replicas';
import { times } from './times';
import { transport } from './transport';
import { users } from './users';

/** All questions, in the order in which they are asked: what is seen in all answers, and what happens meanwhile, last. */
export const QUESTIONS: readonly Question[] = [
  ids,
  times,
  fields,
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
