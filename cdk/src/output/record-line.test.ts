import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../protocol';
import { MAX_LEVELS } from '../json-text';
import { recordLines } from './record-line';

const EMITTED_AT = 1_700_000_000_000;

function lineOf(data: JsonObject, onReplaced: (fields: readonly string[]) => void = () => undefined): string {
  return recordLines({ stream: { name: 'cats' }, emittedAt: EMITTED_AT }, onReplaced)(data);
}

/** The innermost of an odd number of levels is an array, of an even number an object. */
function nested(levels: number, innermost: unknown = 'x'): unknown {
  let value = innermost;
  for (let level = levels; level > 0; level -= 1) value = level % 2 === 0 ? { a: 1, b: value } : [value, 1];
  return value;
}

function dataIn(line: string): JsonObject {
  return (JSON.parse(line) as { record: { data: JsonObject } }).record.data;
}

test('a line is the whole RECORD message', () => {
  expect(JSON.parse(lineOf({ id: '1', none: null }))).toEqual({
    type: 'RECORD',
    record: { stream: 'cats', data: { id: '1', none: null }, emitted_at: EMITTED_AT },
  });
});

test.each([
  ['U+0085', '\u0085', '\\u0085'],
  ['U+2028', '\u2028', '\\u2028'],
  ['U+2029', '\u2029', '\\u2029'],
])('%s is escaped in values and in keys, and comes back when read', (_, separator, escaped) => {
  const data = { [`k${separator}`]: `a${separator}b${separator}` };
  const line = lineOf(data);
  expect(line).not.toContain(separator);
  expect(line).toContain(`"k${escaped}":"a${escaped}b${escaped}"`);
  expect(dataIn(line)).toEqual(data);
});

test('a separator in the name of the stream is escaped', () => {
  expect(recordLines({ stream: { name: 'ca\u2028ts' }, emittedAt: EMITTED_AT }, () => undefined)({ id: 1 })).toContain(
    '"ca\\u2028ts"',
  );
});

describe('deep nesting', () => {
  test('a field with as many levels as readers can take is left as it is', () => {
    const data = { id: '1', tree: nested(MAX_LEVELS) };
    const replaced: unknown[] = [];
    expect(dataIn(lineOf(data, (fields) => replaced.push(fields)))).toEqual(data);
    expect(replaced).toEqual([]);
  });

  test('what lies one level deeper becomes a string of its JSON, and the name of the field is told', () => {
    const replaced: unknown[] = [];
    const data = dataIn(
      lineOf({ id: '1', tree: nested(MAX_LEVELS + 1), other: [1] }, (fields) => replaced.push(fields)),
    );
    expect(data).toEqual({ id: '1', tree: nested(MAX_LEVELS, '["x",1]'), other: [1] });
    expect(replaced).toEqual([['tree']]);
  });

  test('so deep that JSON.stringify gives up: still written, whole, and the field keeps its type', () => {
    const level = '{"a":[1,null,"\u00e4\\n",';
    const text = `${level.repeat(50_000)}{}${']}'.repeat(50_000)}`;
    const tree: unknown = JSON.parse(text);
    expect(() => JSON.stringify(tree)).toThrow(RangeError);
    let part: unknown = dataIn(lineOf({ tree }))['tree'];
    for (let depth = 0; depth < MAX_LEVELS; depth += 1)
      part = Array.isArray(part) ? part[3] : (part as JsonObject)['a'];
    const rest = 50_000 - MAX_LEVELS / 2;
    expect(part).toBe(`${level.repeat(rest)}{}${']}'.repeat(rest)}`);
  });
});

describe('half a surrogate pair', () => {
  test('becomes U+FFFD, in keys too, and the fields are named', () => {
    const replaced: unknown[] = [];
    const data = {
      id: '\u{1F680}\\ud800',
      text: 'a\ud800b',
      tree: { 'k\udc00': ['\udbff'] },
      '\ud800': 1,
      none: undefined,
    };
    const line = lineOf(data, (fields) => replaced.push(fields));
    expect(dataIn(line)).toEqual({
      id: '\u{1F680}\\ud800',
      text: 'a\ufffdb',
      tree: { 'k\ufffd': ['\ufffd'] },
      '\ufffd': 1,
    });
    expect(line).not.toContain('"\\ud');
    expect(replaced).toEqual([['text', 'tree', '\ud800']]);
  });
});

test('what JSON cannot hold at all is an error of the program', () => {
  expect(() => lineOf({ n: 1n })).toThrow(TypeError);
});
