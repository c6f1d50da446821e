import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteWriter } from './byte-writer';
import { JsonScanner, MAX_EXPONENT, MAX_KEY_BYTES, MAX_NUMBER_LENGTH } from './json-scanner';
import { MOST_GROWTH, writePortable } from './portable-json';

interface Written {
  readonly text: string;
  readonly hasReplaced: boolean;
}

/** What is written of a value, or of a member, with room for no more than is promised. */
function written(json: string, levels = 3): Written {
  const body = Buffer.from(`[${json}]`);
  const out = new ByteWriter();
  out.reserve(MOST_GROWTH * (body.length - 2));
  const room = out.bytes;
  const hasReplaced = writePortable(out, body, 1, body.length - 1, levels);
  expect(out.bytes).toBe(room);
  return { text: out.bytes.toString('utf8', 0, out.length), hasReplaced };
}

const same = (text: string): Written => ({ text, hasReplaced: false });
const replaced = (text: string): Written => ({ text, hasReplaced: true });

describe('what readers take stays as it is:', () => {
  test.each([
    'null',
    ' [ true , false ] ',
    '"é\u{1F680}"',
    String.raw`"\ud83d\ude80 \\ud83d \" \/ \u00e9 \b\f\n\r\t"`,
    '-12345678901234567890.50',
    `1e${MAX_EXPONENT}`,
    '9'.repeat(MAX_NUMBER_LENGTH),
    '{"a":[{}],"a":[[]]}',
    `"name" : {"${'k'.repeat(MAX_KEY_BYTES)}":1}`,
    `"${'x'.repeat(20_000)}"`,
  ])('%.60s', (json) => {
    expect(written(json)).toEqual(same(json));
  });
});

describe('a text of several lines becomes one:', () => {
  test('line breaks between tokens become blanks', () => {
    expect(written('{\r\n"a":\n[1,\n2]\r}')).toEqual(same('{  "a": [1, 2] }'));
  });

  test('line separators become their escapes', () => {
    expect(written('{"\u2028":"\u0085â\u20ac\u2029"}')).toEqual(
      same(String.raw`{"\u2028":"\u0085â` + '\u20ac' + String.raw`\u2029"}`),
    );
  });
});

describe('what readers may refuse', () => {
  test.each([
    ['a number', '9'.repeat(MAX_NUMBER_LENGTH + 1)],
    ['a fraction', `-0.${'9'.repeat(1500)}`],
    ['an exponent', '1.5E+99999999999'],
    ['a small exponent', `1e-${MAX_EXPONENT + 1}`],
  ])('is a string where %s is too long or too large', (_, number) => {
    expect(written(`{"a":[1,${number}, 2]}`)).toEqual(replaced(`{"a":[1,"${number}", 2]}`));
  });

  test('is a string from the last level on, of all that lies below', () => {
    const { text, hasReplaced } = written('[[[[1,"\\"\\n",\t{}],\n[]],[]]]');
    expect(hasReplaced).toBe(true);
    expect(JSON.parse(text)).toEqual([[['[1,"\\"\\n",\t{}]', '[]'], []]]);
  });

  test('has no level at all in a scalar', () => {
    expect(written('"a"', 0)).toEqual(same('"a"'));
    expect(written('[]', 0)).toEqual(replaced('"[]"'));
  });

  test('is U+FFFD in place of half a surrogate pair, in keys too', () => {
    expect(written(String.raw`{"\ud800":"a\udc00b\uDBFF","c":"\\ud800\ud83d\ud83d\ude80"}`)).toEqual(
      replaced('{"\ufffd":"a\ufffdb\ufffd","c":"\\\\ud800\ufffd\\ud83d\\ude80"}'),
    );
  });

  test('is a string of key and value where the key is too long, under a key of its own for each', () => {
    const [a, b] = ['a', 'b'].map((letter) => 'k'.repeat(MAX_KEY_BYTES) + letter);
    const { text, hasReplaced } = written(`{"${a}": {"x":1},"${b}":[2],"c":3}`);
    expect(hasReplaced).toBe(true);
    const entries = Object.entries(JSON.parse(text) as object) as [string, unknown][];
    expect(entries.map(([key]) => key.replace(/[0-9a-f]{32}$/, '#'))).toEqual(['long_key_#', 'long_key_#', 'c']);
    expect(entries.map(([, value]) => value)).toEqual([`{"${a}": {"x":1}}`, `{"${b}":[2]}`, 3]);
    expect(new Set(entries.map(([key]) => key)).size).toBe(3);
  });

  test('is the same in a member as in the object around it', () => {
    const member = `"${'k'.repeat(MAX_KEY_BYTES + 1)}" :\n[1]`;
    expect(`{${written(member).text}}`).toBe(written(`{${member}}`).text);
  });

  test('can be as much as there is room for', () => {
    for (const piece of ['\u0085', '\u2028', String.raw`\ud800`, '"', '\\', '[]', `1e${MAX_EXPONENT + 1}`]) {
      const text = JSON.stringify(piece.repeat(5000));
      for (const json of [text, `[[[[${text}]]]]`, `{${text}:1}`, `[[[${`${piece},`.repeat(500)}1]]]`]) {
        if (isJson(json)) expect(isJson(written(json).text)).toBe(true);
      }
    }
  });
});

test('whatever is written is portable, and says the same where nothing was replaced', () => {
  const number = fc.constantFrom('9'.repeat(301), '1e601', '-1.5E-9999999999', '12', '0.5');
  const text = fc.oneof(
    fc.constantFrom(String.raw`"\ud800"`, String.raw`"\udc00\ud83d\ude80"`, '"\u2028"', '""'),
    fc.json(),
  );
  const json = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      number,
      text,
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',\n')}]`),
      fc
        .array(
          fc.tuple(
            text.filter((each) => each.startsWith('"')),
            tie('value'),
          ),
          { maxLength: 3 },
        )
        .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(' , ')}}`),
    ),
  })).value;
  fc.assert(
    fc.property(json, (given) => {
      const { text: taken, hasReplaced } = written(given);
      const scanner = new JsonScanner(Buffer.from(taken));
      expect([scanner.valueEnd(0), scanner.isPortable]).toEqual([Buffer.byteLength(taken), true]);
      expect(taken).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
      if (!hasReplaced) expect(JSON.parse(taken)).toEqual(JSON.parse(given));
    }),
    { numRuns: 500 },
  );
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
