import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ConnectorRun } from './connector';
import { DAY, isoTime, lastState, MINUTE, pastEntries, readTenant, withTenant } from './tenant';

/** The rows of the table in docs/performance.md, "How often to sync": the heading of each, and its figures. */
const table = new Map(
  [
    ...readFileSync(resolve(__dirname, '../docs/performance.md'), 'utf8').matchAll(
      /^\| ([^|]*?) +\| (\d+) +\| ([\d,]+) +\| (\d+) +\|$/gm,
    ),
  ].map(([, sync = '', ...figures]) => [sync, figures.map((text) => Number(text.replaceAll(',', '')))]),
);

const figuresOf = ({ ids, states }: ConnectorRun, requests: number): number[] => [requests, ids.length, states.length];

test('a sync costs what docs/performance.md says', async () => {
  // At a whole minute, the entries lie in the same seconds in every run.
  const now = Math.floor(Date.now() / MINUTE) * MINUTE;
  const entries = pastEntries(60_000, { from: now - 30 * DAY, to: now });
  await withTenant({ entries }, async (tenant) => {
    const measured = new Map<string, number[]>();
    const sync = async (name: string, from: ConnectorRun['states'][number]): Promise<ConnectorRun> => {
      const before = tenant.requests.length;
      const run = await readTenant(tenant, { from });
      measured.set(name, figuresOf(run, tenant.requests.length - before));
      return run;
    };

    const day = await sync('with a day of 2,000 entries', { timestamp: isoTime(now - DAY) });
    const idle = await sync('with nothing new', lastState(day));
    expect(idle.lines.join('\n').length).toBeLessThan(2000);
    tenant.addEntries(20);
    await sync('with 20 new entries', lastState(idle));

    expect(table).toEqual(measured);
  });
});
