import type { TargetName } from '../targets/names';

/** A fuzz target: a piece of the program, fed with any bytes, and what must hold for whatever they are. */
export interface FuzzTarget {
  readonly name: TargetName;
  /** Inputs are not longer, in bytes. */
  readonly maxBytes: number;
  /** Texts that mean something to what is tested, in addition to those in the seeds: a mutation puts them in. */
  readonly tokens: readonly string[];
  /** Executes one input. What it throws, or rejects with, is a finding. */
  run(input: Buffer): void | Promise<void>;
  /** Called once, before the first input. */
  start?(): Promise<void>;
  /** Called once, behind the last input. */
  stop?(): Promise<void>;
}
