import { describe, expect, test } from '@jest/globals';
import { TenantModel } from '../simulated-tenant/tenant-model';
import { AUDIT_LOGS_PATH, type FaultChooser } from '../simulated-tenant/tenant-faults';
import type { TenantEntry } from '../simulated-tenant/tenant-entry';
import { provoke } from './attacks/provoke';
import { expectEachOnce, idsOf, inputsOf, pastEntries, withTenant } from './tenant';

/** The most memory that a read may cost, whatever is sent. In MiB. */
const MOST_MEMORY_MB = 200;

/** With the usual number of workers, all of which are busy where responses take so long, in ms. */
const LATENCY_MS = 300;

/** What entries are filled up with. */
const FILLING = Buffer.from('note ');

describe('A read keeps its memory below 200 MB with pages', () => {
  test.each([
    ['of 500 rows of 16 kB, the largest that are taken', 15_800, 5000],
    ['that are too large until they have a quarter of the rows', 64_000, 1200],
  ])('%s', async (_, bytes, count) => {
    await expectLittleMemory(pastEntries(count, { bytes }));
  });

  test('of rows of 16 kB that are invalid UTF-8, each byte of which becomes three', async () => {
    const entries = pastEntries(1500, { bytes: 15_800 });
    await expectLittleMemory(entries, inInvalidUtf8(entries));
  });
});

async function expectLittleMemory(entries: readonly TenantEntry[], faultFor?: FaultChooser): Promise<void> {
  await withTenant({ entries, latencyMs: LATENCY_MS, faultFor }, async (tenant) => {
    const { exitCode, ids, peakMb } = await provoke('read', inputsOf(tenant));
    expect(exitCode).toBe(0);
    expectEachOnce(ids, idsOf(entries));
    expect(peakMb).toBeGreaterThan(0);
    expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
  });
}

/** Responses with the right pages, whose filling is no text. */
function inInvalidUtf8(entries: readonly TenantEntry[]): FaultChooser {
  const model = new TenantModel({ entries });
  return (number, query, path) => {
    if (path !== AUDIT_LOGS_PATH) return undefined;
    const { status, headers, body } = model.respond(query, { number, path });
    const bytes = Buffer.from(body);
    for (let at = bytes.indexOf(FILLING); at !== -1; at = bytes.indexOf(FILLING, at)) {
      bytes.fill(0xff, at, at + FILLING.length);
    }
    return { kind: 'status', status, headers, body: bytes };
  };
}
