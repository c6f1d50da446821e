import type { VolumeRuns } from './volume-runs';

/** What a part of the benchmarks is handed. */
export interface Bench {
  /** The project's folder. */
  readonly root: string;
  /** A folder for files that nobody needs afterwards. */
  readonly folder: string;
  /** Whether to be done sooner: for trying out, not for figures. */
  readonly quick: boolean;
  /** Reads of tenants of several sizes, which parts share. */
  readonly volumes: VolumeRuns;
  /** Says what is being done. */
  readonly say: (text: string) => void;
}

/** One thing that was measured, with what it must be. */
export interface Finding {
  readonly what: string;
  readonly measured: string;
  readonly required: string;
  readonly met: boolean;
}

/** One bar of a chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value as it is written next to the bar. */
  readonly text: string;
  /** `connector`: what is measured; `other`: what it is compared with. */
  readonly tone: 'connector' | 'other';
}

/** One chart: bars on a common scale, and the line that they must not cross, or have to reach. */
export interface Chart {
  readonly title: string;
  readonly note: string;
  readonly bars: readonly Bar[];
  readonly line?: { readonly value: number; readonly label: string } | undefined;
}

/** What a part has found. */
export interface PartResult {
  readonly findings: readonly Finding[];
  readonly charts: readonly Chart[];
  /** What it has to say besides, for the page: Markdown that begins with a heading. */
  readonly section?: string;
  /** The figures themselves, for the JSON file: names carry the unit. */
  readonly figures: Readonly<Record<string, unknown>>;
}

/** One part of the benchmarks. */
export interface Part {
  /** As `--only` names it. */
  readonly letter: string;
  /** Its key in the JSON file. */
  readonly name: string;
  readonly run: (bench: Bench) => Promise<PartResult>;
}
