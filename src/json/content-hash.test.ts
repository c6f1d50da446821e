import { describe, expect, test } from '@jest/globals';
import { contentHash } from './content-hash';

const hash = (json: string): string => contentHash(Buffer.from(json));

const ROW = '{"operation_name":"Login","user":"x","inputs":{"a":1,"b":{"c":2,"d":3}}}';

test.each([
  ['order of its keys', '{"user":"x","operation_name":"Login","inputs":{"b":{"d":3,"c":2},"a":1}}'],
  ['white space', '{ "operation_name":"Login",\n"user":"x", "inputs":{"a":1,"b":{"c":2,"d":3}} }'],
  ['escapes', String.raw`{"operation_name":"\u004cogin","user":"x","inputs":{"a":1,"b":{"c":2,"d":3}}}`],
])('the hash of a row does not depend on its %s', (_, json) => {
  expect(hash(json)).toBe(hash(ROW));
});

test('the hash of a row is the same as in version 0.1', () => {
  expect([hash(ROW), hash('[1,12345678901234567890]')]).toEqual([
    '14f045ae76c6334896fcce2eeaccc6c4',
    '4b956fde15099ae9518a9fa2e8ad02cb',
  ]);
});

describe('rows that differ have different hashes', () => {
  test('in any value', () => {
    const rows = [ROW, ROW.replace('x', 'y'), ROW.replace('1', '2'), '{}', '{"entry":7}', '{"entry":"7"}', '[]', '""'];
    expect(new Set(rows.map(hash)).size).toBe(rows.length);
  });

  test('in a digit beyond 2^53 only', () => {
    expect(hash('{"a":[9007199254740993]}')).not.toBe(hash('{"a":[9007199254740992]}'));
  });

  test.each([
    ['1e400', '1e401'],
    ['-1e400', '-1e401'],
    ['0.12345678901234567890', '0.12345678901234567891'],
  ])('in numbers that JavaScript does not tell apart: %s and %s', (a, b) => {
    expect(hash(`{"a":${a}}`)).not.toBe(hash(`{"a":${b}}`));
  });

  test('where a text holds what looks like the end of a text', () => {
    expect(hash('{"x":["b","a;stringc"]}')).not.toBe(hash('{"x":["c;stringb","a"]}'));
  });
});

test('a row that is no object has the hash of one that holds it', () => {
  expect(hash('[1,"a"]')).toBe(hash('{"entry":[1,"a"]}'));
});

test('a text of digits or with an escaped quote is left alone', () => {
  expect(hash(String.raw`{"a":"\"12345678901234567890"}`)).toBe(hash(String.raw`{"a":"\u002212345678901234567890"}`));
});

test('a row that is nested 100,000 deep has one', () => {
  expect(hash(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toMatch(/^[0-9a-f]{32}$/);
});
