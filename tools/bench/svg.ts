import type { Bar, Chart } from './part';

/** In px, as all lengths here. */
const WIDTH = 860;
const MARGIN = 28;
const GAP = 36;
const COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2;
const LABEL_WIDTH = 148;
const TEXT_WIDTH = 64;
const SCALE_WIDTH = COLUMN - LABEL_WIDTH - TEXT_WIDTH;
const HEADING_HEIGHT = 52;
const BAR_HEIGHT = 16;
const ROW_HEIGHT = 26;
const LINE_LABEL_HEIGHT = 20;
const FOOT_HEIGHT = 44;

/** Its own background, so that it can be read on any; dark where the reader's system is. */
const STYLE = `
  .card { fill: #ffffff; stroke: #d0d7de; }
  .title { font-weight: 600; font-size: 14px; fill: #1f2328; }
  .note { font-size: 11.5px; fill: #59636e; }
  .label { font-size: 12px; fill: #1f2328; }
  .value { font-size: 12px; fill: #1f2328; font-variant-numeric: tabular-nums; }
  .track { fill: #f0f2f5; }
  .connector { fill: #6d4fc4; }
  .other { fill: #9aa4b2; }
  .line { stroke: #c0392b; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .line-label { font-size: 11px; fill: #b03024; }
  @media (prefers-color-scheme: dark) {
    .card { fill: #151b23; stroke: #3d444d; }
    .title, .label, .value { fill: #f0f6fc; }
    .note { fill: #9198a1; }
    .track { fill: #212830; }
    .connector { fill: #a58bf0; }
    .other { fill: #6e7885; }
    .line { stroke: #f47067; }
    .line-label { fill: #f47067; }
  }`;

/** The charts in two columns, as a picture of its own. `foot`: a line below them. */
export function picture(charts: readonly Chart[], foot: string): string {
  const heights: [number, number] = [MARGIN, MARGIN];
  const drawn = charts.map((chart) => {
    const column = heights[0] <= heights[1] ? 0 : 1;
    const top = heights[column];
    heights[column] += heightOf(chart) + GAP;
    return group(MARGIN + column * (COLUMN + GAP), top, drawChart(chart));
  });
  const height = Math.max(...heights) - GAP + FOOT_HEIGHT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" role="img" aria-label="Benchmarks of source-tines">`,
    `<style>${STYLE}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>`,
    ...drawn,
    text('note', MARGIN, height - 16, foot),
    '</svg>',
    '',
  ].join('\n');
}

function heightOf({ bars, line }: Chart): number {
  return HEADING_HEIGHT + bars.length * ROW_HEIGHT + (line === undefined ? 0 : LINE_LABEL_HEIGHT);
}

function drawChart({ title, note, bars, line }: Chart): string {
  const most = Math.max(...bars.map(({ value }) => value), line?.value ?? 0);
  const scale = (value: number): number => (value / most) * SCALE_WIDTH;
  const bottom = HEADING_HEIGHT + bars.length * ROW_HEIGHT;
  return [
    text('title', 0, 14, title),
    text('note', 0, 32, note),
    ...bars.map((bar, index) => group(0, HEADING_HEIGHT + index * ROW_HEIGHT, drawBar(bar, scale(bar.value)))),
    ...(line === undefined ? [] : [drawLine(LABEL_WIDTH + scale(line.value), bottom, line.label)]),
  ].join('\n');
}

function drawBar({ label, text: value, tone }: Bar, width: number): string {
  return [
    text('label', LABEL_WIDTH - 8, BAR_HEIGHT - 4, label, 'end'),
    `<rect class="track" x="${LABEL_WIDTH}" width="${SCALE_WIDTH}" height="${BAR_HEIGHT}" rx="2"/>`,
    `<rect class="${tone}" x="${LABEL_WIDTH}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
    text('value', LABEL_WIDTH + SCALE_WIDTH + 6, BAR_HEIGHT - 4, value),
  ].join('\n');
}

function drawLine(x: number, bottom: number, label: string): string {
  const at = x.toFixed(1);
  const anchor = x > LABEL_WIDTH + SCALE_WIDTH / 2 ? 'end' : 'start';
  return [
    `<line class="line" x1="${at}" x2="${at}" y1="${HEADING_HEIGHT - 6}" y2="${bottom}"/>`,
    text('line-label', Number(at), bottom + 12, label, anchor),
  ].join('\n');
}

const group = (x: number, y: number, content: string): string =>
  `<g transform="translate(${x} ${y})">\n${content}\n</g>`;

function text(kind: string, x: number, y: number, content: string, anchor: 'start' | 'end' = 'start'): string {
  return `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
