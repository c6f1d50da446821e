import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import type { Spec } from 'vega';
import { counted, entriesText } from '../src/wording';

const DAY_MS = 86_400_000;
/** So many operations have a bar of their own. */
const MOST_OPERATIONS = 20;
const WIDTH = 900;
const HOUR_HEIGHT = 9;
const BAR_HEIGHT = 20;

/** How many entries there are of an hour (UTC) of a day. */
export interface HourCount {
  /** Its midnight, epoch ms. */
  readonly day: number;
  readonly hour: number;
  readonly entries: number;
}

/** How many entries there are of an operation. */
export interface OperationCount {
  readonly operation: string;
  readonly entries: number;
}

/** How many entries there are of the most frequent operations, and of the others together. */
export interface OperationCounts {
  readonly frequent: readonly OperationCount[];
  readonly others: number;
  readonly entriesOfOthers: number;
}

/** The hours in which there are entries. @param records with a `timestamp` each */
export function countByHour(records: readonly JsonObject[]): HourCount[] {
  const counts = new Map<number, number>();
  for (const { timestamp } of records) {
    const hour = Math.floor(Date.parse(String(timestamp)) / 3_600_000);
    counts.set(hour, (counts.get(hour) ?? 0) + 1);
  }
  return [...counts].map(([hour, entries]) => {
    const day = Math.floor(hour / 24);
    return { day: day * DAY_MS, hour: hour - day * 24, entries };
  });
}

/** The most frequent operations, the most frequent first, and how many entries are of how many others. */
export function countByOperation(records: readonly JsonObject[], most = MOST_OPERATIONS): OperationCounts {
  const counts = new Map<string, number>();
  for (const { operation_name: name } of records) {
    const operation = typeof name === 'string' ? name : '(without a name)';
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
  }
  const all = [...counts].map(([operation, entries]) => ({ operation, entries }));
  all.sort((a, b) => b.entries - a.entries || a.operation.localeCompare(b.operation));
  const others = all.slice(most);
  return {
    frequent: all.slice(0, most),
    others: others.length,
    entriesOfOthers: others.reduce((sum, { entries }) => sum + entries, 0),
  };
}

/** Draws when entries were made, and of which operations, as SVG. */
export async function drawPicture(records: readonly JsonObject[], title: string): Promise<string> {
  const { parse, View } = await import('vega');
  const view = new View(parse(specOf(countByHour(records), countByOperation(records), title)), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function specOf(hours: readonly HourCount[], operations: OperationCounts, title: string): Spec {
  const days = hours.map(({ day }) => day);
  const [first, last] = [Math.min(...days), Math.max(...days)];
  return {
    background: 'white',
    padding: 16,
    layout: { columns: 1, padding: 48, bounds: 'full', align: 'each' },
    title: { ...titleOf(title), fontSize: 16, offset: 16 },
    data: [
      { name: 'hours', values: [...hours] },
      { name: 'operations', values: [...operations.frequent] },
    ],
    marks: [hoursGroup(first, last), operationsGroup(operations)],
  };
}

type Mark = NonNullable<Spec['marks']>[number];
type Title = Exclude<NonNullable<Spec['title']>, string>;

const titleOf = (text: string): Title => ({ text, anchor: 'start', frame: 'group' });

/** A day a column, an hour of the day a row. */
function hoursGroup(first: number, last: number): Mark {
  const days = (last - first) / DAY_MS + 1;
  return {
    type: 'group',
    encode: { enter: { width: { value: WIDTH }, height: { value: 24 * HOUR_HEIGHT } } },
    title: titleOf('Entries per hour (UTC)'),
    scales: [
      { name: 'x', type: 'utc', domain: [first, last + DAY_MS], range: [0, WIDTH] },
      { name: 'y', type: 'linear', domain: [0, 24], range: [0, 24 * HOUR_HEIGHT] },
      {
        name: 'colour',
        type: 'linear',
        domain: { data: 'hours', field: 'entries' },
        range: { scheme: 'blues' },
        zero: true,
      },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', format: '%d %b', tickCount: 12, domain: false },
      { orient: 'left', scale: 'y', values: [0, 6, 12, 18, 24], title: 'hour of the day', domain: false },
    ],
    legends: [{ fill: 'colour', title: 'entries', gradientLength: 24 * HOUR_HEIGHT - 24 }],
    marks: [
      {
        type: 'rect',
        from: { data: 'hours' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'day' },
            width: { value: WIDTH / days },
            y: { scale: 'y', field: 'hour' },
            height: { value: HOUR_HEIGHT },
            fill: { scale: 'colour', field: 'entries' },
          },
        },
      },
    ],
  };
}

function operationsGroup({ frequent, others, entriesOfOthers }: OperationCounts): Mark {
  const height = frequent.length * BAR_HEIGHT;
  const rest = `, and ${entriesText(entriesOfOthers)} of ${counted(others, 'other operation')}`;
  const bar = { y: { scale: 'y', field: 'operation' }, height: { scale: 'y', band: 1 } };
  return {
    type: 'group',
    encode: { enter: { width: { value: WIDTH }, height: { value: height } } },
    title: titleOf(`Entries per operation${others === 0 ? '' : rest}`),
    scales: [
      {
        name: 'x',
        type: 'linear',
        domain: { data: 'operations', field: 'entries' },
        range: [0, WIDTH],
        zero: true,
        nice: true,
      },
      { name: 'y', type: 'band', domain: { data: 'operations', field: 'operation' }, range: [0, height], padding: 0.2 },
    ],
    axes: [
      { orient: 'bottom', scale: 'x', format: ',d', grid: true, domain: false, ticks: false },
      { orient: 'left', scale: 'y', domain: false, ticks: false, labelPadding: 6, labelLimit: 240 },
    ],
    marks: [
      {
        type: 'rect',
        from: { data: 'operations' },
        encode: {
          enter: {
            ...bar,
            x: { scale: 'x', value: 0 },
            x2: { scale: 'x', field: 'entries' },
            fill: { value: '#4682b4' },
          },
        },
      },
      {
        type: 'text',
        from: { data: 'operations' },
        encode: {
          enter: {
            x: { scale: 'x', field: 'entries', offset: 4 },
            y: { scale: 'y', field: 'operation', band: 0.5 },
            text: { signal: "format(datum.entries, ',')" },
            baseline: { value: 'middle' },
            fill: { value: '#333' },
          },
        },
      },
    ],
  };
}
