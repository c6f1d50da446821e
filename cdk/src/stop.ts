import { isError } from './errors';

/**
 * Calls back after `ms`, unless the function returned is called before. With `unref`, waiting for it does not keep the
 * process alive.
 */
export type After = (ms: number, callback: () => void, options?: { readonly unref?: boolean }) => () => void;

/** The timers of the process, as {@link After}. */
export const afterTimeout: After = (ms, callback, { unref = false } = {}) => {
  const timer = setTimeout(callback, ms);
  if (unref) timer.unref();
  return () => {
    clearTimeout(timer);
  };
};

/**
 * How long (ms) a source may take to end by itself when it is asked to stop. What remains of the two seconds in which
 * the process has to be gone is for writing the last messages.
 */
export const STOP_GRACE_MS = 700;

/** A piece of work was given up because the run is to end. Not a failure: nothing is to be reported. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  override readonly message = 'The run was stopped.';
}

/** Ends a run early: on request, when nobody reads its output any more, or after a fault outside of all promises. */
export class Stop {
  readonly #controller = new AbortController();
  readonly #after: After;
  /** Aborted when the source is to end, for whichever reason. */
  readonly signal: AbortSignal = this.#controller.signal;

  /**
   * @param asked aborted when the process is asked to stop
   * @param fault aborted, with the error as its reason, by what was thrown where nobody could catch it
   */
  constructor(asked: AbortSignal, fault: AbortSignal, after: After) {
    this.#after = after;
    whenAborted(asked, () => {
      this.request();
    });
    whenAborted(fault, () => {
      const reason: unknown = fault.reason;
      this.#controller.abort(isError(reason) ? reason : new Error('Something that is not an Error was thrown.'));
    });
  }

  /** Whether the run ends on request and not by a fault: what fails from now on is no failure. */
  get requested(): boolean {
    return this.signal.reason instanceof StoppedError;
  }

  /** What was thrown where nobody could catch it; undefined as long as nothing was. */
  get fault(): Error | undefined {
    const reason: unknown = this.signal.reason;
    return isError(reason) && !this.requested ? reason : undefined;
  }

  /** Asks the source to end. */
  request(): void {
    this.#controller.abort(new StoppedError());
  }

  /**
   * Settles as `work` does; but rejects at once with a fault, and with a StoppedError when `work` goes on for more than
   * {@link STOP_GRACE_MS} after the run was asked to stop.
   */
  async guard<T>(work: Promise<T>): Promise<T> {
    const cleanUp: (() => void)[] = [];
    const interrupted = new Promise<never>((_, reject) => {
      const onAbort = (): void => {
        if (this.fault !== undefined) reject(this.fault);
        else
          cleanUp.push(
            this.#after(STOP_GRACE_MS, () => {
              reject(new StoppedError());
            }),
          );
      };
      cleanUp.push(whenAborted(this.signal, onAbort));
    });
    try {
      return await Promise.race([work, interrupted]);
    } finally {
      for (const undo of cleanUp) undo();
    }
  }
}

function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) callback();
  else signal.addEventListener('abort', callback, { once: true });
  return () => {
    signal.removeEventListener('abort', callback);
  };
}
