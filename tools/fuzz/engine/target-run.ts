import { Worker } from 'node:worker_threads';
import { CurrentInput } from './current-input';
import type { FuzzResult } from './fuzzer';

/** What the thread of a target receives. */
export interface WorkerOptions {
  /** The target's. */
  readonly name: string;
  readonly seedFolder: string;
  /** For how long. */
  readonly ms: number;
  /** Of a {@link CurrentInput}. */
  readonly memory: SharedArrayBuffer;
}

/** How a target's run has ended; without statistics where its thread has not lived to the end. */
export type TargetResult = Pick<FuzzResult, 'finding'> & Partial<FuzzResult>;

/** One input may take so long, on a machine that is busy with other things. In ms. */
const LONGEST_EXECUTION_MS = 20_000;
/** More than the connector ever has; and a stack that is used up by what recurses with its input. In MB. */
const LIMITS = { maxOldGenerationSizeMb: 512, stackSizeMb: 1 };
/** More than any target's `maxBytes`. */
const MOST_BYTES = 1024 * 1024;

/** Where a thread finds what it needs. */
export interface RunOptions extends Pick<WorkerOptions, 'name' | 'seedFolder' | 'ms'> {
  /** Path of the bundled worker. */
  readonly worker: string;
}

/**
 * Fuzzes a target in a thread of its own: an execution that doesn't end, or takes all memory, ends that thread and is a
 * finding, too.
 */
export async function runTarget({ worker: path, ...options }: RunOptions): Promise<TargetResult> {
  const current = new CurrentInput(MOST_BYTES);
  const workerData: WorkerOptions = { ...options, memory: current.memory };
  const worker = new Worker(path, { workerData, resourceLimits: LIMITS });
  let result: FuzzResult | undefined;
  let end = 'the thread has ended';
  worker.on('message', (message: FuzzResult) => {
    result = message;
  });
  worker.on('error', (error) => {
    end = String(error);
  });
  const watch = watchFor(current, () => {
    end = `an execution took longer than ${LONGEST_EXECUTION_MS / 1000} s`;
    void worker.terminate();
  });
  await new Promise((resolve) => worker.once('exit', resolve));
  clearInterval(watch);
  return result ?? { finding: { input: current.get(), error: end } };
}

/** Calls `onHang` when no new input has come for too long. */
function watchFor(current: CurrentInput, onHang: () => void): NodeJS.Timeout {
  let count = 0;
  let since = Date.now();
  return setInterval(() => {
    if (current.count !== count) {
      count = current.count;
      since = Date.now();
    } else if (Date.now() - since > LONGEST_EXECUTION_MS) onHang();
  }, 1000);
}
