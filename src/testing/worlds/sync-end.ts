import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import type { SourceRun } from '@airbyte/cdk-typescript-compat/testing';

/** How a sync says that it has read everything there is, and what it takes as now if nothing older is to be read. */
export interface SyncEnd {
  /** Its last line, if it was read to its end. */
  readonly line: string | undefined;
  /** Whether that line says that nothing is missing. */
  readonly isComplete: boolean;
  /** Of a first sync from now: its now, epoch s. */
  readonly startsAt: number | undefined;
}

const LAST_LINE = /^(Complete|Read, but .*?): [\d,]+ entries delivered/;
const STREAMED = /^The second (\S+) has more entries than are held at once/;
const STARTS_NOW = /^Backfill Start Time is not set: nothing older than (\S+) is read/;

/** Whether a line of the log comes when the sync knows what there is, and begins to read it. */
export const isOpeningLine = (line: string): boolean =>
  STARTS_NOW.test(line) || line.startsWith('Reading the audit logs');

/** Reads the log of a sync. */
export function endOf({ logs }: SourceRun): SyncEnd {
  const line = logs.findLast(({ message }) => LAST_LINE.test(message))?.message;
  const start = logs.map(({ message }) => STARTS_NOW.exec(message)?.[1]).find((time) => time !== undefined);
  return {
    line,
    isComplete: line?.startsWith('Complete') === true,
    startsAt: start === undefined ? undefined : Math.floor(Date.parse(start) / 1000),
  };
}

/** The seconds that are delivered as they are read, epoch s. */
export const streamedSeconds = ({ logs }: SourceRun): number[] =>
  logs.flatMap(({ message }) => {
    const second = STREAMED.exec(message)?.[1];
    return second === undefined ? [] : [Math.floor(Date.parse(second) / 1000)];
  });

/** Where a STATE starts the next sync, epoch s. */
export const recentFrom = (state: JsonObject): number => Math.floor(Date.parse(String(state['recent_from'])) / 1000);

/** The end of a sync's log, for messages. */
export const lastLines = ({ logs }: SourceRun): string =>
  logs
    .slice(-4)
    .map(({ level, message }) => `  ${level} ${message}`)
    .join('\n');
