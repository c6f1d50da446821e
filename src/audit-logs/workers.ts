interface Job {
  readonly priority: number;
  readonly start: () => void;
}

/** Runs a bounded number of tasks at the same time; of those that wait, the one with the lowest priority number first. */
export class Workers {
  private busy = 0;
  private readonly waiting: Job[] = [];

  constructor(private readonly size: number) {}

  /** Whether a task would have to wait. */
  get full(): boolean {
    return this.busy >= this.size;
  }

  /** Runs `task` as soon as a worker is free. Rejects as the task does. */
  async run<T>(priority: number, task: () => Promise<T>): Promise<T> {
    if (this.full) await this.turn(priority);
    else this.busy += 1;
    try {
      return await task();
    } finally {
      // A worker goes on to the next job without being counted anew.
      const next = this.waiting.shift();
      if (next === undefined) this.busy -= 1;
      else next.start();
    }
  }

  private turn(priority: number): Promise<void> {
    return new Promise((start) => {
      const index = this.waiting.findIndex((job) => job.priority > priority);
      this.waiting.splice(index === -1 ? this.waiting.length : index, 0, { priority, start });
    });
  }
}
