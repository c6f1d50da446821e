import type { Finding, Part, PartResult } from './part';

/** Where and when it was measured; nothing that names the machine. */
export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly cores: number;
  readonly platform: string;
}

/** A part with what it has found. */
export interface Finished {
  readonly part: Part;
  readonly result: PartResult;
}

const HEADINGS = ['', 'measured', 'required', ''] as const;

/** The table that is printed: columns of equal width. */
export function textTable(findings: readonly Finding[]): string {
  const rows = [HEADINGS, ...findings.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The page for docs/, with its picture. `sections`: what follows the table. */
export function markdown(findings: readonly Finding[], machine: Machine, sections: readonly string[] = []): string {
  const rows = [HEADINGS, ['---', '---', '---', '---'], ...findings.map(cells)];
  return [
    '# Benchmarks',
    '',
    '<!-- Written by `npm run bench`, with benchmarks.json and benchmarks.svg. -->',
    '',
    `Measured in one run of \`npm run bench\` on ${machine.date.slice(0, 10)}: Node ${machine.node}, ${machine.cores} cores, ${machine.platform}, against a simulated tenant on the same machine.`,
    '',
    '![The figures of the table as charts](benchmarks.svg)',
    '',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...sections,
  ].join('\n');
}

/** All figures, for programs. */
export function json(finished: readonly Finished[], machine: Machine): string {
  const results = finished.map(({ part, result }) => [part.name, { ...result.figures, findings: result.findings }]);
  return `${JSON.stringify({ ...machine, results: Object.fromEntries(results) as unknown }, null, 2)}\n`;
}

function cells({ what, measured, required, met }: Finding): readonly string[] {
  return [what, measured, required, required === '' ? '' : met ? 'met' : 'MISSED'];
}
