import { describe, expect, test } from '@jest/globals';
import type { FaultChooser } from '../../simulated-tenant/tenant-faults';
import { answerTo, pastEntries, type ProbedOptions } from '../testing/probed';
import { filters } from './filters';

/** Refuses requests with this parameter. */
const refusing =
  (name: string): FaultChooser =>
  (_, query) =>
    query.has(name) ? { kind: 'status', status: 400 } : undefined;

describe('filters', () => {
  test.each<[string, ProbedOptions]>([
    ['both forms', {}],
    ['neither', { ignoresFilters: true }],
    ['only without brackets', { faultFor: refusing('operation_name[]') }],
    ['only with brackets', { faultFor: refusing('operation_name') }],
    ['too few entries', { entries: pastEntries(1) }],
  ])('work: %s', async (expected, options) => {
    expect((await answerTo(filters, options)).answer).toBe(expected);
  });
});
