// `npm run worlds -- 100000`: plays worlds in as many processes as there are cores. See `USAGE`.
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { numberText } from '../../src/wording';
import { playWorld } from './story';
import { addTally, emptyTally, excesses, type Tally } from './tally';
import { drawWorld, worldKinds, type WorldKind } from './world';

const USAGE = `Usage: npm run worlds -- [COUNT] [--kind KIND] [--from SEED] [--processes N]
       npm run worlds -- --kind KIND --seed SEED
  COUNT        how many worlds are played, 1000 unless given; as many of each kind
  --kind       only worlds of this kind: ${worldKinds.join(', ')}
  --from       the first seed, 1 unless given
  --processes  as many as there are cores unless given
  --seed       one world, and all that happens in it
Ends with 1 when a world fails, or when more syncs go unchecked than is to be expected.
`;

/** A world to be played. */
interface Task {
  readonly kind: WorldKind;
  readonly seed: number;
}

/** What came of it. */
interface Outcome {
  readonly tally?: Tally;
  readonly failure?: string;
}

/** Marks a process that plays what it is sent. */
const WORKER = '--worker';
/** What takes longer in real life hangs, in ms. */
const HANGS_AFTER_MS = 60_000;
const MOST_FAILURES_SHOWN = 20;
const MS_BETWEEN_LINES = 15_000;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const replayOf = ({ kind, seed }: Task): string => `npm run worlds -- --kind ${kind} --seed ${seed}`;

const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.name === 'Error' ? error.message : (error.stack ?? error.message)) : String(error);

/** Plays what the parent sends, one after the other. */
function work(): void {
  process.on('message', (task: Task) => {
    playWorld(drawWorld(task.kind, task.seed)).then(
      (tally) => process.send?.({ tally } satisfies Outcome),
      (error: unknown) => process.send?.({ failure: messageOf(error) } satisfies Outcome),
    );
  });
}

/** Worlds that are played in several processes, and what has come of them. */
class Run {
  readonly #tasks: Iterator<Task>;
  readonly #count: number;
  readonly #startedAt = Date.now();
  readonly #tallies = new Map<WorldKind, Tally>();
  readonly #failed: Task[] = [];
  #lastLine = Date.now();

  constructor(tasks: Iterator<Task>, count: number) {
    this.#tasks = tasks;
    this.#count = count;
  }

  /** @returns whether none failed */
  async play(processes: number): Promise<boolean> {
    await Promise.all(Array.from({ length: Math.min(processes, this.#count) }, () => this.#workThrough()));
    const left = [...this.#tallies].flatMap(([kind, tally]) => excesses(kind, tally));
    say([this.#summary(), ...left].join('\n'));
    return this.#failed.length === 0 && left.length === 0;
  }

  /** One process after the other, where a world hangs. */
  async #workThrough(): Promise<void> {
    let worker: ChildProcess | undefined;
    for (let next = this.#tasks.next(); next.done !== true; next = this.#tasks.next()) {
      worker ??= fork(__filename, [WORKER]);
      const outcome = await outcomeOf(worker, next.value);
      this.#take(next.value, outcome);
      if (!worker.connected) worker = undefined;
    }
    worker?.disconnect();
  }

  #take(task: Task, { tally, failure }: Outcome): void {
    const ofKind = this.#tallies.get(task.kind) ?? emptyTally();
    this.#tallies.set(task.kind, ofKind);
    if (tally !== undefined) addTally(ofKind, tally);
    if (failure !== undefined) {
      this.#failed.push(task);
      if (this.#failed.length <= MOST_FAILURES_SHOWN) say(`${replayOf(task)}\n${failure}\n`);
    }
    if (Date.now() - this.#lastLine < MS_BETWEEN_LINES) return;
    this.#lastLine = Date.now();
    const played = this.#total().worlds + this.#failed.length;
    const leftMs = ((this.#lastLine - this.#startedAt) / played) * (this.#count - played);
    say(
      `${played} of ${this.#count} worlds, ${this.#failed.length} failed, about ${Math.ceil(leftMs / 60_000)} min left`,
    );
  }

  #total(): Tally {
    const total = emptyTally();
    for (const tally of this.#tallies.values()) addTally(total, tally);
    return total;
  }

  #summary(): string {
    const total = this.#total();
    const share = (part: number): string => `${((100 * part) / Math.max(1, total.syncs)).toFixed(1)} %`;
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
    const verdict =
      this.#failed.length === 0
        ? 'no world failed'
        : `${this.#failed.length} FAILED:\n${this.#failed.map(replayOf).join('\n')}`;
    return [
      `Worlds: ${numberText(total.worlds)} hold the law, played in ${numberText(seconds)} s: ${numberText(total.syncs)} syncs, ${numberText(total.requests)} requests, ${numberText(total.records)} records, ${numberText(total.faults)} faults, ${numberText(total.insertions)} insertions`,
      `Of the syncs, ${share(total.stopped)} were stopped, ${share(total.failed)} ended with an error for a reason, ${share(total.postponed)} left to the next what was hidden from them, ${share(total.excused)} lack what may never be returned; ${share(total.complete)} call themselves complete`,
      verdict,
    ].join('\n');
  }
}

/** Has a world played. Where that hangs or crashes, the process is gone afterwards. */
function outcomeOf(worker: ChildProcess, task: Task): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      worker.kill('SIGKILL');
      worker.disconnect();
      end({ failure: `it hangs: no end after ${HANGS_AFTER_MS / 1000} s` });
    }, HANGS_AFTER_MS);
    worker.once('message', (outcome: Outcome) => {
      end(outcome);
    });
    worker.once('exit', (code) => {
      end({ failure: `its process ended with ${code ?? 'a signal'}` });
    });
    worker.send(task);
  });
}

function* tasksOf(kinds: readonly WorldKind[], from: number, count: number): Generator<Task> {
  for (let index = 0; index < count; index += 1) {
    yield { kind: kinds[index % kinds.length] ?? 'all', seed: from + Math.floor(index / kinds.length) };
  }
}

/** Plays one world, and tells all that happens in it. @returns whether it holds the law */
async function replay({ kind, seed }: Task): Promise<boolean> {
  try {
    await playWorld(drawWorld(kind, seed), { tell: say });
    say('It holds the law.');
    return true;
  } catch (error) {
    say(messageOf(error));
    return false;
  }
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kind: { type: 'string' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      processes: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const kinds = worldKinds.filter((kind) => (values.kind ?? kind) === kind);
  const [count, from, processes, seed] = [positionals[0] ?? 1000, values.from, values.processes, values.seed ?? 1].map(
    Number,
  );
  const [kind] = kinds;
  if (kind === undefined || !isCount(count) || !isCount(from) || !isCount(processes) || !isCount(seed)) {
    throw new Error(USAGE);
  }
  if (values.seed === undefined) return new Run(tasksOf(kinds, from, count), count).play(processes);
  if (values.kind === undefined) throw new Error(USAGE);
  return replay({ kind, seed });
}

const isCount = (value: number | undefined): value is number =>
  value !== undefined && Number.isSafeInteger(value) && value > 0;

if (process.argv[2] === WORKER) {
  // Most errors here are faults of simulated servers; a world that fails shows its stack when it is played again.
  Error.stackTraceLimit = 0;
  work();
} else {
  main().then(
    (holds) => {
      process.exitCode = holds ? 0 : 1;
    },
    (error: unknown) => {
      say(messageOf(error));
      process.exitCode = 1;
    },
  );
}
