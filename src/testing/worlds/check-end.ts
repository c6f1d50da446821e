import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';
import type { TenantModel } from '../../../simulated-tenant/tenant-model';
import { Breach, type Law } from './law';
import { lastLines, type SyncEnd } from './sync-end';
import type { SyncWatch } from './sync-watch';
import type { Tally } from './tally';

/** What the end of a sync is held against. */
interface Surroundings {
  readonly law: Law;
  readonly watch: SyncWatch;
  readonly model: TenantModel;
  readonly tally: Tally;
}

/**
 * Checks a sync that was read to its end: nothing that is owed is missing, unless the server may never have shown it; and
 * where something is missing, or rows that are counted were withheld, its last line doesn't say "Complete".
 * @throws Breach
 */
export function checkEnd(run: SourceRun, { line, isComplete }: SyncEnd, around: Surroundings): void {
  const { law, watch, model, tally } = around;
  const missing = law.missing();
  const unexcused = missing.filter((entry) => !watch.mayBeUnseen(entry));
  const isProvable = countsTruly(model);
  if (unexcused.length > 0 || (missing.length > 0 && isComplete && isProvable)) {
    const named = (unexcused.length > 0 ? unexcused : missing)
      .slice(0, 5)
      .map((entry) => `${law.idOf(entry)} of ${new Date(entry.at).toISOString()}`);
    throw new Breach(`${missing.length} are missing: ${named.join(', ')}\n${lastLines(run)}`);
  }
  if (missing.length > 0) tally.excused += 1;
  law.forgive(missing);
  if (!isComplete || (missing.length === 0 && !watch.withholdsRows)) return;
  if (isProvable) throw new Breach(`rows were counted and withheld: ${line ?? ''}\n${lastLines(run)}`);
  tally.unprovable += 1;
}

const countsTruly = ({ settings: { meta, count, replica } }: TenantModel): boolean =>
  meta.present && meta.count && count.kind === 'true' && replica === undefined;
