import { describe, expect, test } from '@jest/globals';
import { entriesAt, generateEntries, type GeneratorOptions } from './entry-generator';
import { operations } from './operations';

const year2025 = { from: Date.UTC(2025, 0), to: Date.UTC(2026, 0) };
const january: GeneratorOptions = { seed: 7, count: 3000, from: Date.UTC(2025, 0), to: Date.UTC(2025, 1) };

describe('entry generator', () => {
  test('fills entries up to a size in bytes, and leaves larger ones as they are', () => {
    const sizes = generateEntries({ ...january, count: 200, bytes: 700 }).map(({ text }) => Buffer.byteLength(text));
    const unfilled = generateEntries({ ...january, count: 200 }).map(({ text }) => Buffer.byteLength(text));
    expect(sizes).toEqual(unfilled.map((size) => (size > 690 ? size : 700)));
  });

  test('the same options give the same entries, in whichever order their texts are asked for', () => {
    const forwards = generateEntries(january).map(({ text }) => text);
    const backwards = generateEntries(january)
      .toReversed()
      .map(({ text }) => text);

    expect(backwards.toReversed()).toEqual(forwards);
  });

  test('another seed gives other entries', () => {
    const [first] = generateEntries(january);
    const [other] = generateEntries({ ...january, seed: 8 });

    expect(other?.text).not.toBe(first?.text);
  });

  test.each(['even', 'office_hours'] as const)('%s: all lie in the range, ascending, ids growing', (spread) => {
    const entries = generateEntries({ ...january, spread, firstId: 500 });

    expect(entries).toHaveLength(3000);
    expect(entries[0]?.id).toBe(500);
    expect(entries.every(({ at }) => at >= january.from && at < january.to)).toBe(true);
    const disordered = entries.filter((entry, index) => {
      const before = entries[index - 1];
      return before !== undefined && (before.at > entry.at || Number(before.id) >= Number(entry.id));
    });
    expect(disordered).toEqual([]);
  });

  test.each(['even', 'office_hours'] as const)('%s: some entries share a second', (spread) => {
    const entries = generateEntries({ ...january, spread });

    expect(new Set(entries.map(({ json }) => json['created_at'])).size).toBeLessThan(2900);
  });

  test('more entries than the range has microseconds still stay in the range', () => {
    const entries = generateEntries({ seed: 1, count: 50, from: 1000, to: 1001, spread: 'office_hours' });

    expect(entries.every(({ at }) => at >= 1000 && at < 1001)).toBe(true);
  });

  test('office hours are busier than nights and weekends', () => {
    const entries = generateEntries({ seed: 1, count: 5000, ...year2025, spread: 'office_hours' });
    const isOffice = (at: number): boolean => {
      const date = new Date(at);
      return date.getUTCDay() % 6 !== 0 && date.getUTCHours() >= 8 && date.getUTCHours() < 18;
    };

    expect(entries.filter(({ at }) => isOffice(at)).length).toBeGreaterThan(3500);
  });

  test('a created_at entry has the keys of captured answers in their order, and its time in whole seconds', () => {
    const [entry] = entriesAt({ seed: 1, times: [Date.UTC(2025, 0, 11, 3, 57, 28, 999)] });
    const keys = Object.keys(entry?.json ?? {}).filter((key) => key !== 'story_id');

    expect(keys).toEqual([
      ...['created_at', 'operation_name', 'id', 'inputs', 'outputs', 'request_ip', 'request_user_agent'],
      ...['tenant_id', 'updated_at', 'user_email', 'user_id', 'user_name'],
    ]);
    expect(entry?.json['created_at']).toBe('2025-01-11T03:57:28Z');
  });

  test('a timestamp entry has the columns of the documented record, a UUID as id and milliseconds', () => {
    const [entry] = entriesAt({ seed: 1, times: [Date.UTC(2025, 7, 11, 23, 46, 52, 179)], shape: 'timestamp' });

    expect(Object.keys(entry?.json ?? {})).toEqual([
      ...['id', 'timestamp', 'user_id', 'user_email', 'user_name', 'operation_name', 'resource_type', 'resource_id'],
      ...['resource_name', 'ip_address', 'user_agent', 'status', 'metadata', 'organization_id', 'tenant'],
    ]);
    expect(entry?.json['id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(entry?.json['timestamp']).toBe('2025-08-11T23:46:52.179Z');
  });

  test.each(['created_at', 'timestamp'] as const)('%s: entries can have both times, some ms apart', (shape) => {
    const entries = generateEntries({ ...january, shape, timestampDelta: { from: -1500, to: 120_000 } });
    const deltas = entries.map(({ at, json }) => Date.parse(String(json['timestamp'])) - Math.floor(at));

    expect(entries.map(({ json }) => Date.parse(String(json['created_at'])))).toEqual(
      entries.map(({ at }) => Math.floor(at / 1000) * 1000),
    );
    expect([Math.min(...deltas) < 0, Math.max(...deltas) > 110_000]).toEqual([true, true]);
    expect(deltas.every((delta) => delta >= -1501 && delta <= 120_001)).toBe(true);
  });

  test('what the filters compare with is what the text says', () => {
    const entries = (['created_at', 'timestamp'] as const).flatMap((shape) =>
      generateEntries({ ...january, count: 200, shape }),
    );

    expect(entries.map(({ json }) => [json['id'], json['user_id'], json['operation_name']])).toEqual(
      entries.map(({ id, userId, operationName }) => [id, userId, operationName]),
    );
  });

  test('entries before 2024 have no outputs, and none before 2025 has a story_id', () => {
    const entries = generateEntries({ seed: 2, count: 1500, from: Date.UTC(2023, 0), to: Date.UTC(2026, 0) });
    const yearsWith = (key: string): string[] => {
      const years = entries.filter(({ json }) => key in json).map(({ at }) => String(new Date(at).getUTCFullYear()));
      return [...new Set(years)];
    };

    expect(yearsWith('outputs')).toEqual(['2024', '2025']);
    expect(yearsWith('story_id')).toEqual(['2025']);
  });

  test('a Login has null inputs, and others have them bare or nested', () => {
    const shapes = generateEntries(january).map(({ json }) => {
      const inputs = json['inputs'];
      if (inputs === null) return `null of ${String(json['operation_name'])}`;
      return 'inputs' in (inputs as object) ? 'nested' : 'bare';
    });

    expect(new Set(shapes)).toEqual(new Set(['null of Login', 'nested', 'bare']));
  });

  test('the same key of inputs is an array in one operation and an object in another', () => {
    const kinds = new Set(
      operations.flatMap(({ fields }) => fields.filter(([key]) => key === 'links').map(([, kind]) => kind)),
    );

    expect(kinds).toEqual(new Set(['objects', 'object']));
  });

  test('texts hold what breaks naive programs', () => {
    const texts = JSON.stringify(generateEntries(january).map(({ json }) => json['inputs']));

    for (const tricky of ['\u2028', '\u2029', '\u0085', '\u{1F680}', '\\n', '\\t', '\\"', '\\\\share']) {
      expect(texts).toContain(tricky);
    }
  });

  test('there are many operations, several users, one of them named by a blank, and about 590 bytes an entry', () => {
    const entries = generateEntries(january);
    const bytes = entries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) / entries.length;

    expect(new Set(entries.map(({ operationName }) => operationName)).size).toBeGreaterThan(60);
    expect(new Set(entries.map(({ userId }) => userId)).size).toBeGreaterThan(5);
    expect(entries.some(({ json }) => json['user_name'] === ' ')).toBe(true);
    expect(Math.abs(bytes - 590)).toBeLessThan(30);
  });
});
