import { describe, expect, test } from '@jest/globals';
import { provoke } from './attacks/provoke';
import { expectEachOnce, idsOf, inputsOf, pastEntries, withTenant } from './tenant';

/** The most memory that a read may cost, whatever is sent. In MiB. */
const MOST_MEMORY_MB = 200;

/** With the usual number of workers, all of which are busy where responses take so long, in ms. */
const LATENCY_MS = 300;

describe('A read keeps its memory below 200 MB with pages', () => {
  test.each([
    ['of 500 rows of 16 kB, the largest that are taken', 15_800, 5000],
    ['that are too large until they have a quarter of the rows', 64_000, 1200],
  ])('%s', async (_, bytes, count) => {
    const entries = pastEntries(count, { bytes });
    await withTenant({ entries, latencyMs: LATENCY_MS }, async (tenant) => {
      const { exitCode, ids, peakMb } = await provoke('read', inputsOf(tenant));
      expect(exitCode).toBe(0);
      expectEachOnce(ids, idsOf(entries));
      expect(peakMb).toBeGreaterThan(0);
      expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
    });
  });
});
