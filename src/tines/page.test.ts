import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pageOf } from '../../testing/page-of';
import { formatTimestamp } from './time';
import { MOST_FIELDS } from './page-index';
import { parsePage, type PageLimits, type SlicedPage } from './page';

const rowsOf = (...rows: readonly string[]): SlicedPage => pageOf(`{"audit_logs":[${rows.join(',')}]}`);

/** What a body is: `page`, or what is wrong with it. */
function kindOf(body: Buffer | string, limits?: Partial<PageLimits>): string {
  const page = parsePage({ bytes: Buffer.from(body), free: () => undefined }, limits);
  return typeof page === 'string' ? page : 'page';
}

describe('what is a page', () => {
  test.each([
    '{"audit_logs":[]}',
    ' {\n"meta" : null , "audit_logs" : [ 1 , { } ]\t} ',
    '{"audit_logs":7,"audit_logs":[]}',
    '{"meta":1,"audit_logs":[],"meta":{}}',
    String.raw`{"\u0061udit_logs":[],"other":{"meta":1}}`,
    '\ufeff{"audit_logs":[]}',
    '{"audit_logs":[],"meta":[]}',
    '{"audit_logs":[],"meta":7}',
  ])('%j is one', (body) => {
    expect(kindOf(body)).toBe('page');
  });

  test.each([
    '[]',
    'null',
    '"audit_logs"',
    '{}',
    '{"errors":[]}',
    '{"audit_logs":{}}',
    '{"audit_logs":null}',
    '{"audit_logs":[],"audit_logs":null}',
    '{"audit_log\u00e9s":[]}',
  ])('%j is JSON of another shape', (body) => {
    expect(kindOf(body)).toBe('not_a_page');
  });

  test.each([
    '<html></html>',
    'Bad gateway',
    '{"audit_logs":[]}}',
    '{"audit_logs":[}',
    '{"audit_logs":[{"id":1,}]}',
    '{"audit_logs":[{"id" 1}]}',
    '{"audit_logs":[{"id":1}{}]}',
    '{"audit_logs":[],}',
    '{audit_logs:[]}',
    '\ufeff\ufeff{"audit_logs":[]}',
  ])('%j is no JSON', (body) => {
    expect(kindOf(body)).toBe('not_json');
  });

  test('every cut of a page is told as one', () => {
    const body = Buffer.from('{"meta":{"count":2},"audit_logs":[{"id":1,"user_name":"é"},{ "id" :2,"x":tru');
    const kinds = Array.from(body, (_, length) => kindOf(body.subarray(0, length)));
    expect(new Set(kinds)).toEqual(new Set(['cut_off']));
  });

  test('JSON.parse agrees on every byte put for every other', () => {
    const body = Buffer.from('{"audit_logs":[{"id":1,"x":{}},[2]],"meta":{"count":1}}');
    const disputed: string[] = [];
    for (let at = 0; at < body.length; at += 1) {
      for (let byte = 0; byte < 256; byte += 1) {
        const copy = Buffer.from(body);
        copy[at] = byte;
        if ((kindOf(copy) === 'page') !== isPage(copy.toString('utf8'))) disputed.push(copy.toString('latin1'));
      }
    }
    expect(disputed).toEqual([]);
  });

  test('more rows than may be are none', () => {
    const body = '{"audit_logs":[{},{},{}]}';
    expect([kindOf(body, { rows: 3 }), kindOf(body, { rows: 2 }), kindOf(`${body}]`, { rows: 2 })]).toEqual([
      'page',
      'not_a_page',
      'not_json',
    ]);
  });

  test('of more fields than memory is to be spent on is none, and the next page is one again', () => {
    // A name that has a column is found ten times as fast as one that is compared with all of them.
    const row = (fields: number): string => `{"audit_logs":[{"id":1${',"id":1'.repeat(fields - 1)}}]}`;
    expect([row(MOST_FIELDS + 1), row(MOST_FIELDS), row(1)].map((body) => kindOf(body))).toEqual([
      'too_many_fields',
      'page',
      'page',
    ]);
  });
});

function isPage(text: string): boolean {
  try {
    const json = JSON.parse(text) as { audit_logs?: unknown } | null;
    return Array.isArray(json?.audit_logs);
  } catch {
    return false;
  }
}

describe('meta', () => {
  test.each([
    ['{"count":242,"pages":13,"next_page":"https://x?page=2","next_page_number":2}', 242, 13, true],
    ['{"count":"242","pages":"13","next_page":null,"next_page_number":null}', 242, 13, false],
    ['{}', undefined, undefined, undefined],
    ['{"count":-1,"pages":1.5,"next_page":"null"}', undefined, undefined, false],
    ['{"count":null,"pages":"x","next_page":""}', undefined, undefined, false],
    ['{"count":9007199254740993,"next_page_number":3}', undefined, undefined, true],
    ['{"count":[1],"pages":{"a":1},"next_page":null,"next_page_number":2}', undefined, undefined, true],
    ['{"next_page":"https://x","next_page_number":null,"other":{"count":1}}', undefined, undefined, true],
    [String.raw`{"count":1,"\u0063ount":2}`, 2, undefined, undefined],
  ])('%s', (meta, count, pages, next) => {
    expect(pageOf(`{"meta":${meta},"audit_logs":[]}`).meta).toEqual({ count, pages, next, perPage: undefined });
  });

  test.each([
    ['{"per_page":500,"count":7}', 500],
    ['{"per_page":"20"}', 20],
    ['{"per_page":0}', 0],
    ['{"per_page":-1}', undefined],
    ['{"per_page":2.5}', undefined],
    ['{"per_page":null}', undefined],
    ['{"per_page":[20]}', undefined],
    ['{"per_page":"20 "}', undefined],
    ['{"count":7}', undefined],
  ])('%s says how many rows a page can have', (meta, perPage) => {
    expect(pageOf(`{"meta":${meta},"audit_logs":[]}`).meta.perPage).toBe(perPage);
  });

  test.each([
    '{"audit_logs":[]}',
    '{"audit_logs":[],"meta":null}',
    '{"audit_logs":[],"meta":[{"count":1}]}',
    '{"audit_logs":[],"meta":"{}"}',
    '{"audit_logs":[],"meta":{"count":1},"meta":7}',
  ])('of %s says nothing', (body) => {
    expect(pageOf(body).meta).toEqual({ count: undefined, pages: undefined, next: undefined, perPage: undefined });
  });
});

describe('a row', () => {
  test.each([
    ['{"id":19990840}', '19990840'],
    ['{"id":0}', '0'],
    ['{"id":12345678901234567890}', '12345678901234567890'],
    ['{"id":999999999999999}', '999999999999999'],
    ['{"id":1e400}', '1e400'],
    ['{"id":-7.50}', '-7.50'],
    ['{"id":"a1b2-c3"}', 'a1b2-c3'],
    ['{"id":"0007"}', '0007'],
    [String.raw`{"id":"\u0041é\n"}`, 'Aé\n'],
    [String.raw`{"\u0069d":"escaped"}`, 'escaped'],
    ['{"id":1,"x":{"id":2},"id":3}', '3'],
  ])('%s has an id of its own', (row, id) => {
    const page = rowsOf('{"id":1,"x":2}', row);
    expect([String(page.idOf(1)), page.hasOwnId(1)]).toEqual([id, true]);
  });

  test.each([
    '{}',
    '{"id":null}',
    '{"id":""}',
    '{"id":" \\t"}',
    '{"id":true}',
    '{"id":{}}',
    '[1]',
    '"id"',
    '7',
    'null',
  ])('%s has a hash for its id', (row) => {
    const page = rowsOf(row);
    expect([page.idOf(0), page.hasOwnId(0)]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), false]);
  });

  test.each([
    ['{"created_at":"2025-01-11T03:57:28Z"}', 1_736_567_848, '2025-01-11T03:57:28.000Z'],
    ['{"timestamp":"2025-01-11T03:57:28.179Z"}', 1_736_567_848, '2025-01-11T03:57:28.179Z'],
    ['{"timestamp":"2025-01-11T03:57:28.5Z"}', 1_736_567_848, '2025-01-11T03:57:28.500Z'],
    ['{"timestamp":"2025-01-11T03:57:28.123456Z"}', 1_736_567_848, '2025-01-11T03:57:28.123Z'],
    ['{"created_at":"2025-01-11 04:57:28+01:00"}', 1_736_567_848, '2025-01-11T03:57:28.000Z'],
    ['{"created_at":"2025-01-11t03:57:28z"}', 1_736_567_848, '2025-01-11T03:57:28.000Z'],
    [String.raw`{"created_at":"2025\u002d01-11T03:57:28Z"}`, 1_736_567_848, '2025-01-11T03:57:28.000Z'],
    [
      '{"timestamp":"2025-01-11T03:57:30.5Z","created_at":"2025-01-11T03:57:28Z"}',
      1_736_567_848,
      '2025-01-11T03:57:30.500Z',
    ],
    ['{"timestamp":"now","created_at":"2025-01-11T03:57:28Z"}', 1_736_567_848, '2025-01-11T03:57:28.000Z'],
    ['{"timestamp":"2025-01-11T03:57:28Z","created_at":7}', 1_736_567_848, '2025-01-11T03:57:28.000Z'],
    ['{"created_at":"2025-02-30T03:57:28Z"}', Number.NaN, undefined],
    ['{"created_at":null}', Number.NaN, undefined],
    ['"2025-01-11T03:57:28Z"', Number.NaN, undefined],
  ])('%s has its second and its timestamp', (row, second, timestamp) => {
    const page = rowsOf(row);
    expect([page.secondOf(0), formatTimestamp(page.timeOf(0))]).toEqual([second, timestamp]);
  });

  test.each<[string, readonly string[], boolean]>([
    ['no row', [], false],
    ['a row without a time', ['{"id":1}'], false],
    ['a row whose times are null', ['{"created_at":null,"timestamp":null}'], false],
    ['a row with a time that can be read', ['{"created_at":"2025-01-11T03:57:28Z"}'], false],
    [
      'a row with an unreadable time beside one that can',
      ['{"created_at":"x","timestamp":"2025-01-11T03:57:28Z"}'],
      false,
    ],
    ['a row with an unreadable created_at', ['{"created_at":"2025-01-11T03:57:28"}'], true],
    ['a row with an unreadable timestamp', ['{"timestamp":1736567848}'], true],
    ['a row with one beside null', ['{"created_at":null,"timestamp":"x"}'], true],
    ['a later row with one', ['{"id":1}', '{"created_at":"2025-01-11T03:57:28Z"}', '{"created_at":{}}'], true],
    ['a first row with one', ['{"created_at":""}', '{"created_at":"2025-01-11T03:57:28Z"}'], true],
  ])('may have a time that is unreadable: %s', (_, rows, expected) => {
    expect(rowsOf(...rows).hasUnreadableTime()).toBe(expected);
  });

  test.each([
    ['{"user_id":"7642"}', '7642'],
    ['{"user_id":7642}', '7642'],
    ['{"user_id":7.50}', '7.50'],
    ['{"user_id":""}', ''],
    [String.raw`{"user_id":"\u0041é"}`, 'Aé'],
    ['{"user_id":true}', 'true'],
    ['{"user_id":null}', undefined],
    ['{"user_name":"7642"}', undefined],
    ['{"user_id":1,"user_id":2}', '2'],
    ['7', undefined],
  ])('%s has a text of its field', (row, text) => {
    expect(rowsOf('{"user_id":"first"}', row).textOf(1, 'user_id')).toBe(text);
  });

  test('is found among any others', () => {
    const order = fc.shuffledSubarray(['id', 'created_at', 'inputs', 'user_name', 'more'], { minLength: 1 });
    fc.assert(
      fc.property(fc.array(order, { maxLength: 20 }), fc.nat(2), (orders, indent) => {
        const rows = orders.map((names, index) => Object.fromEntries(names.map((name) => [name, `${name} ${index}`])));
        const page = pageOf(JSON.stringify({ audit_logs: rows, meta: {} }, null, indent));
        const ids = rows.map((_, row) => (page.hasOwnId(row) ? String(page.idOf(row)) : undefined));
        expect(ids).toEqual(rows.map((row) => row['id']));
      }),
    );
  });
});

describe('a large page', () => {
  test('of more rows and fields than there is room for at first is indexed whole', () => {
    const rows = Array.from({ length: 3000 }, (_, id) => `{"id":${id},"a":1,"b":2,"c":3,"d":4,"e":5}`);
    const page = rowsOf(...rows);
    expect([page.size, page.idOf(0), page.idOf(2999)]).toEqual([3000, 0, 2999]);
  });

  test('of hundreds of thousands of empty rows costs a few numbers a row', () => {
    const page = pageOf(`{"audit_logs":[${'{},'.repeat(400_000)}{}]}`);
    expect(page.size).toBe(400_001);
    const { rowStarts, firstFields } = page.index;
    expect((rowStarts.length + firstFields.length) / page.size).toBeLessThan(2.6);
  });

  test('nested 100,000 deep is one', () => {
    const page = rowsOf(`{"id":1,"inputs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, '{"id":2}');
    expect([page.size, page.idOf(1)]).toEqual([2, 2]);
  });
});

describe('the body', () => {
  test('is given back once when the page is released', () => {
    let freed = 0;
    const page = parsePage({ bytes: Buffer.from('{"audit_logs":[]}'), free: () => (freed += 1) });
    if (typeof page === 'string') throw new Error(page);
    const before = freed;
    page.release();
    page.release();
    expect([before, freed]).toEqual([0, 1]);
  });

  test('leaves the number of rows and what meta says behind when the page is released', () => {
    const page = pageOf('{"audit_logs":[{"id":1},{"id":2}],"meta":{"count":7}}');
    page.release();
    const next = pageOf('{"audit_logs":[{"id":3}],"meta":{"count":1}}');
    expect([page.size, page.meta.count, next.size, next.idOf(0)]).toEqual([2, 7, 1, 3]);
  });

  test.each(['{"audit_logs"', 'x', '{}'])('is given back at once where it is no page: %s', (body) => {
    let freed = 0;
    parsePage({ bytes: Buffer.from(body), free: () => (freed += 1) });
    expect(freed).toBe(1);
  });

  test('half a surrogate pair in an id is U+FFFD, as in its record', () => {
    const page = pageOf(String.raw`{"audit_logs":[{"id":"a\ud800"},{"id":"\ud83d\ude80"}]}`);
    expect([page.idOf(0), page.idOf(1)]).toEqual(['a\ufffd', '\u{1F680}']);
  });

  describe('of invalid UTF-8', () => {
    const body = Buffer.concat([Buffer.from('{"audit_logs":[{"id":"'), Buffer.from([0xff, 0xc3]), Buffer.from('"}]}')]);
    const length = body.length + 4;

    test('is measured with U+FFFD in its place', () => {
      const page = pageOf(body);
      expect([page.bytes, page.idOf(0)]).toEqual([length, '\ufffd\ufffd']);
    });

    test('is too large where it takes more than is allowed with U+FFFD', () => {
      expect([kindOf(body, { bytes: length }), kindOf(body, { bytes: length - 1 })]).toEqual(['page', 'too_large']);
    });

    test('is given back at once, and what stands in its place when the page is released', () => {
      const freed: string[] = [];
      const received = { bytes: body, free: () => freed.push('received') };
      const allocate = (size: number) => ({ bytes: Buffer.alloc(size), free: () => freed.push('replaced') });
      const page = parsePage(received, { allocate });
      if (typeof page === 'string') throw new Error(page);
      const before = [...freed];
      page.release();
      expect([before, freed]).toEqual([['received'], ['received', 'replaced']]);
    });
  });
});
