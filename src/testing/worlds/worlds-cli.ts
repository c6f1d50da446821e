// `npm run worlds -- 100000`: plays worlds in as many processes as there are cores. See `USAGE`.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { numberText } from '../../audit-logs/sync-log';
import { playWorld } from './play';
import { addTally, emptyTally, isTally, type Tally } from './tally';
import { worldKinds, type WorldKind } from './world';

const USAGE = `Usage: npm run worlds -- [COUNT] [--kind KIND] [--from SEED] [--processes N]
  COUNT        how many worlds are played, 1000 unless given; as many of each kind
  --kind       only worlds of this kind: ${worldKinds.join(', ')}
  --from       the first seed, 1 unless given
  --processes  as many as there are cores unless given
Ends with 1 when a world fails. WORLD_KIND=order WORLD_SEED=19 npx jest worlds plays one again.
`;

/** What a process tells about worlds that it has played. */
interface Report {
  readonly tally: Tally;
  readonly failures: readonly string[];
}

interface Job {
  readonly kinds: readonly WorldKind[];
  readonly count: number;
  readonly from: number;
  readonly processes: number;
}

const MOST_FAILURES_SHOWN = 20;
const WORLDS_PER_REPORT = 20;
const SECONDS_BETWEEN_LINES = 15;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function readArguments(): Job {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { kind: { type: 'string' }, from: { type: 'string' }, processes: { type: 'string' } },
  });
  const kinds = worldKinds.filter((kind) => (values.kind ?? kind) === kind);
  const count = Number(positionals[0] ?? 1000);
  const from = Number(values.from ?? 1);
  const processes = Number(values.processes ?? availableParallelism());
  if (kinds.length === 0 || ![count, from, processes].every((value) => Number.isSafeInteger(value) && value > 0)) {
    throw new Error(USAGE);
  }
  return { kinds, count, from, processes };
}

/** The share of one process: every so manieth world. */
async function play({ kinds, count, from, processes }: Job, index: number): Promise<void> {
  let report: { tally: Tally; failures: string[] } = { tally: emptyTally(), failures: [] };
  const send = (): void => {
    process.send?.(report);
    report = { tally: emptyTally(), failures: [] };
  };
  for (let world = index; world < count; world += processes) {
    const kind = kinds[world % kinds.length] ?? 'all';
    try {
      addTally(report.tally, await playWorld(kind, from + Math.floor(world / kinds.length)));
    } catch (error) {
      report.failures.push(error instanceof Error ? error.message : String(error));
    }
    if (report.tally.worlds >= WORLDS_PER_REPORT) send();
  }
  send();
}

async function direct({ count, processes }: Job): Promise<void> {
  const total = emptyTally();
  const failures: string[] = [];
  const start = Date.now();
  let lastLine = start;
  const take = (message: unknown): void => {
    if (!isReport(message)) return;
    addTally(total, message.tally);
    for (const failure of message.failures) {
      failures.push(failure);
      if (failures.length <= MOST_FAILURES_SHOWN) say(failure);
    }
    if (Date.now() - lastLine < SECONDS_BETWEEN_LINES * 1000) return;
    lastLine = Date.now();
    const played = total.worlds + failures.length;
    const left = ((lastLine - start) / played) * (count - played);
    say(`${played} of ${count} worlds, ${failures.length} failed, about ${Math.ceil(left / 60_000)} min left`);
  };
  const children = Array.from({ length: processes }, (_, index) => {
    const child = fork(__filename, process.argv.slice(2), { env: { ...process.env, WORLDS_PROCESS: String(index) } });
    child.on('message', take);
    return new Promise<number>((resolve) => {
      child.once('close', (code) => {
        resolve(code ?? 1);
      });
    });
  });
  const codes = await Promise.all(children);
  say(summary(total, failures, (Date.now() - start) / 1000));
  if (failures.length > 0 || codes.some((code) => code !== 0)) process.exitCode = 1;
}

function summary(total: Tally, failures: readonly string[], seconds: number): string {
  const share = (part: number, all: number): string =>
    `${numberText(part)} (${((100 * part) / Math.max(1, all)).toFixed(1)} %) of ${numberText(all)}`;
  const seeds = failures.map((failure) => /^WORLD_KIND=\w+ WORLD_SEED=\d+/.exec(failure)?.[0] ?? 'unknown');
  return [
    `${numberText(total.worlds)} worlds survived in ${numberText(Math.round(seconds / 60))} min: ${numberText(total.syncs)} syncs, ${numberText(total.requests)} requests, ${numberText(total.entries)} entries, ${numberText(total.faults)} faults, ${numberText(total.insertions)} insertions`,
    `Not checked: what ${share(total.unended, total.syncs)} syncs had to deliver, which were stopped or shown nothing at first, and ${share(total.tooDeep, total.syncs)}, which ended with an error as a second was too deep; whether ${share(total.unprovable, total.syncs)} with rows withheld, whose server counts wrongly, should not call themselves complete; the order of ${share(total.streamed, total.records)} records of streamed seconds; the window of ${share(total.late, total.records)} that showed late or have no time`,
    `${share(total.excused, total.syncs)} syncs lack what may never have been shown, and say so`,
    failures.length === 0 ? 'No world failed' : `${numberText(failures.length)} failed:\n${seeds.join('\n')}`,
  ].join('\n');
}

function isReport(message: unknown): message is Report {
  return typeof message === 'object' && message !== null && 'tally' in message && 'failures' in message
    ? isTally(message.tally) && Array.isArray(message.failures)
    : false;
}

async function main(): Promise<void> {
  // Most errors here are faults of simulated servers; a world that fails shows its stack when it is played again.
  Error.stackTraceLimit = 0;
  const job = readArguments();
  const index = process.env['WORLDS_PROCESS'];
  await (index === undefined ? direct(job) : play(job, Number(index)));
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
