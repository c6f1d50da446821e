import { describe, expect, test } from '@jest/globals';
import type { Played } from './play';
import { resultOf, type PlayedSituation, type RivalFigures } from './rival-result';
import type { Situation } from './situations';
import type { Sync } from './sync';
import type { Speed } from './speed';

const speed = (recordsPerSecond: number): Speed => ({ recordsPerSecond, cpuSeconds: 1, peakBytes: 100e6 });
const situation: Situation = {
  name: 'a situation',
  about: 'It happens.',
  tenant: () => ({}),
  play: () => Promise.reject(new Error('not played')),
};

function played(lost: number, end: Sync['end'] = 'complete'): Played {
  return { tally: { lost, repeated: 2, outOfOrder: 3 }, entries: 1000, ends: [end], seconds: [1] };
}

const none: Played = { ...played(0), tally: { lost: 0, repeated: 0, outOfOrder: 0 } };

function figuresWith(...situations: readonly PlayedSituation[]): RivalFigures {
  return {
    starts: { runs: 9, connectorMs: 60, rivalMs: 1500 },
    speeds: { entries: 1000, rounds: 5, connector: speed(60_000), manifest: speed(6000), unfiltered: speed(7000) },
    played: situations,
  };
}

describe('the result of the rival', () => {
  test('names the figures of both, and requires the ones of the connector', () => {
    const { findings } = resultOf(figuresWith({ situation, connector: none, rival: played(5) }));
    expect(findings.map(({ measured }) => measured)).toEqual([
      '10.0 times (60,000; 6,000)',
      '100.0 MB (100.0 MB)',
      '60 ms (1500 ms)',
      '0; 0; 0 (low-code: 5; 2; 3)',
    ]);
    expect(findings.at(-1)).toMatchObject({ required: '0; 0; 0', met: true });
  });

  test.each<[string, Played]>([
    ['loses an entry', played(1)],
    ['does not end', { ...none, ends: ['out of time'] }],
    ['fails', { ...none, ends: ['failed'] }],
  ])('misses a requirement when the connector %s', (_, connector) => {
    const { findings } = resultOf(figuresWith({ situation, connector, rival: none }));
    expect(findings.at(-1)?.met).toBe(false);
  });

  test('says of a sync that was stopped that it was, and draws nothing as lost for it', () => {
    const result = resultOf(figuresWith({ situation, connector: none, rival: played(5, 'out of time') }));
    expect(result.section).toContain('| a situation | 1,000 | 0 | 0 | 0 | 5 (out of time) | 2 | 3 |');
    expect(result.charts.map(({ title }) => title)).not.toContain('Against low-code: entries lost');
  });

  test('says where the manifest loses nothing, and where it brings each entry once', () => {
    const { section } = resultOf(
      figuresWith(
        { situation, connector: none, rival: played(0) },
        { situation: { ...situation, name: 'another one' }, connector: none, rival: none },
      ),
    );
    expect(section).toContain('loses nothing in 2 of the 2 situations (a situation, another one)');
    expect(section).toContain('brings each entry once in 1 (another one)');
  });
});
