import { expect, test } from '@jest/globals';
import type { Chart } from './part';
import { picture } from './svg';

const chart: Chart = {
  title: 'Speed <fast> & safe',
  note: 'a note',
  bars: [
    { label: 'one', value: 50, text: '50', tone: 'connector' },
    { label: 'other', value: 100, text: '100', tone: 'other' },
  ],
};

const widths = (svg: string): number[] =>
  Array.from(svg.matchAll(/class="(?:connector|other)" x="\d+" width="([\d.]+)"/g), ([, width]) => Number(width));

test('bars are as long as their values', () => {
  const [one = 0, other = 0] = widths(picture([chart], ''));
  expect(one).toBeCloseTo(other / 2, 0);
});

test('a line beyond all bars sets the scale', () => {
  const [, alone = 0] = widths(picture([chart], ''));
  const [, other = 0] = widths(picture([{ ...chart, line: { value: 200, label: 'limit' } }], ''));
  expect(other).toBeCloseTo(alone / 2, 0);
});

test('texts are escaped', () => {
  expect(picture([chart], 'a < b')).toContain('Speed &lt;fast&gt; &amp; safe');
});

test('it brings its own background, light and dark', () => {
  const svg = picture([chart], '');
  expect(svg).toMatch(/<rect class="card"/);
  expect(svg).toMatch(/prefers-color-scheme: dark/);
});
