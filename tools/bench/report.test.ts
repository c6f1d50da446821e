import { expect, test } from '@jest/globals';
import type { Finding, Part } from './part';
import { json, markdown, textTable } from './report';

const machine = { date: '2026-03-01T12:00:00.000Z', node: '20.20.2', cores: 2, platform: 'linux x64' };
const findings: readonly Finding[] = [
  { what: 'Peak memory', measured: '98.0 MB', required: '< 150.0 MB', met: true },
  { what: 'Start-up', measured: '1.72', required: '<= 1.4', met: false },
  { what: 'Requests', measured: '1.200', required: '', met: true },
];

test('the table says of each requirement whether it is met, and nothing where there is none', () => {
  expect(textTable(findings).split('\n')).toEqual([
    '             measured  required',
    'Peak memory  98.0 MB   < 150.0 MB  met',
    'Start-up     1.72      <= 1.4      MISSED',
    'Requests     1.200',
  ]);
});

test('the page has the same rows, and says when and on what it was measured', () => {
  const page = markdown(findings, machine);
  expect(page).toContain('2026-03-01: Node 20.20.2, 2 cores, linux x64');
  expect(page).toContain('| Start-up | 1.72 | <= 1.4 | MISSED |');
});

test('the JSON has the figures of each part under its name', () => {
  const part: Part = { letter: 'e', name: 'startup', run: () => Promise.reject(new Error('not run')) };
  const text = json([{ part, result: { findings, charts: [], figures: { ratio: 1.72 } } }], machine);
  expect(JSON.parse(text)).toEqual({ ...machine, results: { startup: { ratio: 1.72, findings } } });
});
