import type { Chart, Finding, PartResult } from '../part';
import { count, megabytes } from '../statistics';
import { meetsAll, type Played } from './play';
import { allowed, type Situation } from './situations';
import type { Speeds, Starts } from './speed';
import type { Sync } from './sync';
import type { Tally } from './tally';

/** A situation and how both came through it. */
export interface PlayedSituation {
  readonly situation: Situation;
  readonly connector: Played;
  readonly rival: Played;
}

/** All that was measured of both. */
export interface RivalFigures {
  readonly starts: Starts;
  readonly speeds: Speeds;
  readonly played: readonly PlayedSituation[];
}

const NAMES = ['source-tines', 'low-code manifest'] as const;

/** The figures as a table, as charts, and as a section of the page. */
export function resultOf(figures: RivalFigures): PartResult {
  const { starts, speeds, played } = figures;
  return {
    findings: [...speedFindings(figures), ...played.map(situationFinding)],
    charts: charts(figures),
    section: section(figures),
    figures: {
      starts: { runs: starts.runs, spec_ms: rounded(starts.connectorMs), low_code_spec_ms: rounded(starts.rivalMs) },
      speeds: {
        entries: speeds.entries,
        rounds: speeds.rounds,
        ...Object.fromEntries(
          (['connector', 'manifest', 'unfiltered'] as const).map((name) => [
            name,
            {
              records_per_second: Math.round(speeds[name].recordsPerSecond),
              cpu_seconds: rounded(speeds[name].cpuSeconds),
              peak_bytes: speeds[name].peakBytes,
            },
          ]),
        ),
      },
      situations: played.map(({ situation, connector, rival }) => ({ name: situation.name, connector, rival })),
    },
  };
}

function speedFindings({ starts, speeds: { entries, connector, manifest } }: RivalFigures): readonly Finding[] {
  const notRequired = { required: '', met: true };
  const times = (connector.recordsPerSecond / manifest.recordsPerSecond).toFixed(1);
  return [
    {
      what: `Against a low-code manifest: records/s, ${count(entries)} entries`,
      measured: `${times} times (${count(connector.recordsPerSecond)}; ${count(manifest.recordsPerSecond)})`,
      ...notRequired,
    },
    {
      what: 'Against a low-code manifest: peak memory',
      measured: `${megabytes(connector.peakBytes)} (${megabytes(manifest.peakBytes)})`,
      ...notRequired,
    },
    {
      what: 'Against a low-code manifest: spec',
      measured: `${starts.connectorMs.toFixed(0)} ms (${starts.rivalMs.toFixed(0)} ms)`,
      ...notRequired,
    },
  ];
}

function situationFinding({ situation, connector, rival }: PlayedSituation): Finding {
  return {
    what: `Lost, repeated, out of order: ${situation.name}`,
    measured: `${figuresOf(connector)} (low-code: ${figuresOf(rival)})`,
    required: limits(allowed(situation)),
    met: meetsAll(connector, situation),
  };
}

const limits = ({ lost, repeated, outOfOrder }: Tally): string =>
  [lost, repeated, outOfOrder].map((most) => (most === 0 ? '0' : `<= ${count(most)}`)).join('; ');

function figuresOf(played: Played): string {
  const { lost, repeated, outOfOrder } = played.tally;
  return [[lost, repeated, outOfOrder].map(count).join('; '), badEnd(played) ?? []].flat().join(', ');
}

function charts({ starts, speeds: { connector, manifest, entries }, played }: RivalFigures): readonly Chart[] {
  const total = `in ${count(played.length)} situations, ${count(played.reduce((sum, { rival }) => sum + rival.entries, 0))} entries`;
  return [
    chart('records a second', `${count(entries)} entries, a tenant that responds at once`, count, [
      connector.recordsPerSecond,
      manifest.recordsPerSecond,
    ]),
    chart('peak memory', 'of the same reads', megabytes, [connector.peakBytes, manifest.peakBytes]),
    chart('spec', `median of ${starts.runs} starts`, (ms) => `${count(ms)} ms`, [starts.connectorMs, starts.rivalMs]),
    chart('entries lost', total, count, summed(played, lostFor)),
    chart(
      'entries repeated',
      total,
      count,
      summed(played, ({ tally }) => tally.repeated),
    ),
    chart(
      'records out of order',
      total,
      count,
      summed(played, ({ tally }) => tally.outOfOrder),
    ),
  ].filter(({ bars }) => bars.some(({ value }) => value > 0));
}

function chart(title: string, note: string, text: (value: number) => string, values: readonly [number, number]): Chart {
  const bars = values.map((value, index) => ({
    label: NAMES[index] ?? '',
    value,
    text: text(value),
    tone: index === 0 ? ('connector' as const) : ('other' as const),
  }));
  return { title: `Against low-code: ${title}`, note, bars };
}

function summed(played: readonly PlayedSituation[], of: (played: Played) => number): readonly [number, number] {
  return [
    played.reduce((sum, { connector }) => sum + of(connector), 0),
    played.reduce((sum, { rival }) => sum + of(rival), 0),
  ];
}

/** What a sync that was stopped has not brought can still come. */
const lostFor = (played: Played): number => (badEnd(played) === undefined ? played.tally.lost : 0);

const badEnd = ({ ends }: Played): Sync['end'] | undefined =>
  ends.find((end) => end === 'failed' || end === 'out of time');

function section({ starts, speeds, played }: RivalFigures): string {
  const { connector, manifest, unfiltered } = speeds;
  const lossless = played.filter(({ rival }) => rival.tally.lost === 0 && badEnd(rival) === undefined);
  const once = lossless.filter(({ rival }) => rival.tally.repeated === 0);
  return [
    '## Against a low-code manifest',
    '',
    'The alternative to this connector is a low-code manifest: [tools/bench/low-code/manifest.yaml](../tools/bench/low-code/manifest.yaml), written with all that is known of Tines and run by `source-declarative-manifest` of airbyte-cdk 7.39.1. Both programs were measured in this run, against the same entries.',
    '',
    ...table([
      ['', ...NAMES],
      ['Records a second', count(connector.recordsPerSecond), count(manifest.recordsPerSecond)],
      ['CPU time, s', connector.cpuSeconds.toFixed(1), manifest.cpuSeconds.toFixed(1)],
      ['Peak memory', megabytes(connector.peakBytes), megabytes(manifest.peakBytes)],
      ['`spec`', `${starts.connectorMs.toFixed(0)} ms`, `${starts.rivalMs.toFixed(0)} ms`],
    ]),
    '',
    `Median of ${speeds.rounds} reads each of ${count(speeds.entries)} entries in turn, of ${starts.runs} starts; the highest peak. The manifest pays for a record filter, which keeps it right whichever way the server reads the edges of a range: without it, ${count(unfiltered.recordsPerSecond)} records a second. For \`spec\` its runner reads no manifest. It reads up to four slices at the same time, a month each (so here three), and fetches the pages of a slice one after the other. It does less with each entry: no columns of its own, no check against a schema.`,
    '',
    'Entries lost, entries delivered again, and records older than one before them in the same sync:',
    '',
    ...table([
      ['situation', 'entries', ...NAMES.flatMap((name) => [`${name}: lost`, 'repeated', 'out of order'])],
      ...played.map(({ situation, connector: one, rival }) => [
        situation.name,
        count(one.entries),
        ...cellsOf(one),
        ...cellsOf(rival),
      ]),
    ]),
    '',
    ...played.map(({ situation }) => `- **${upperFirst(situation.name)}**: ${situation.about}`),
    '',
    `What the manifest holds: it loses nothing in ${lossless.length} of the ${played.length} situations (${namesOf(lossless)}), and brings each entry once in ${once.length} (${namesOf(once)}). Tines returns the newest first, and a manifest delivers as it reads: so nearly all its records are out of order. Where the destination keeps one row for each \`id\` (append + deduped), what comes again does no harm but work.`,
    '',
  ].join('\n');
}

/** A sync that did not end well says so with what it lost. */
function cellsOf(played: Played): readonly string[] {
  const { lost, repeated, outOfOrder } = played.tally;
  const end = badEnd(played);
  return [end === undefined ? count(lost) : `${count(lost)} (${end})`, count(repeated), count(outOfOrder)];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const [head = [], ...body] = rows;
  return [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...body].map((row) => `| ${row.join(' | ')} |`);
}

const namesOf = (played: readonly PlayedSituation[]): string =>
  played.map(({ situation }) => situation.name).join(', ');

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const rounded = (value: number): number => Math.round(value * 10) / 10;
