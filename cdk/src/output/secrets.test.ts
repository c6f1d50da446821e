import { describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../protocol';
import { Secrets } from './secrets';

const secret = { type: 'string', airbyte_secret: true };
function maskSecrets(schema: JsonObject, config: unknown): (text: string) => string {
  const secrets = new Secrets();
  secrets.addConfig(schema, config);
  return secrets.mask;
}

const objectOf = (properties: object) => ({ type: 'object', properties });

describe('which values are secret', () => {
  test('those of properties marked so, and no others', () => {
    const mask = maskSecrets(objectOf({ token: secret, host: { type: 'string' } }), { token: 'tok-1', host: 'zoo' });
    expect(mask('token tok-1 of zoo')).toBe('token **** of zoo');
  });

  test('those nested in objects, arrays and every branch of a oneOf', () => {
    const schema = objectOf({
      login: { oneOf: [objectOf({ key: secret }), objectOf({ user: { type: 'string' }, password: secret })] },
      keys: { type: 'array', items: secret },
      hosts: { type: 'array', items: objectOf({ pin: secret }) },
    });
    const config = {
      login: { key: 'k-1', user: 'u-1', password: 'p-1' },
      keys: ['k-2', 'k-3'],
      hosts: [{ pin: 'x-9' }],
    };
    expect(maskSecrets(schema, config)('k-1 u-1 p-1 k-2 k-3 x-9')).toBe('**** u-1 **** **** **** ****');
  });

  test('all that a secret object or array holds, and numbers too', () => {
    const schema = objectOf({ all: { airbyte_secret: true } });
    expect(maskSecrets(schema, { all: { a: 'one', b: ['two', 345] } })('one two 345')).toBe('**** **** ****');
  });

  test.each<[string, JsonObject, unknown]>([
    ['additionalProperties', { additionalProperties: secret }, { any: 'tok-1' }],
    ['patternProperties', { patternProperties: { '^k': secret } }, { key: 'tok-1' }],
    ['patternProperties that cannot be read', { patternProperties: { '(': secret } }, { key: 'tok-1' }],
    ['items at their places', { items: [{}, secret] }, ['a', 'tok-1']],
    ['prefixItems', { prefixItems: [{}, secret] }, ['a', 'tok-1']],
    ['additionalItems', { items: [{}], additionalItems: secret }, ['a', 'tok-1']],
    ['if and then', { if: {}, then: objectOf({ token: secret }) }, { token: 'tok-1' }],
    ['else', { else: objectOf({ token: secret }) }, { token: 'tok-1' }],
    ['allOf', { allOf: [objectOf({ token: secret })] }, { token: 'tok-1' }],
    ['anyOf', { anyOf: [objectOf({ token: secret })] }, { token: 'tok-1' }],
    ['dependencies', { dependencies: { user: objectOf({ token: secret }) } }, { token: 'tok-1' }],
    [
      'additionalProperties, nested',
      objectOf({ a: { additionalProperties: { items: secret } } }),
      { a: { b: ['tok-1'] } },
    ],
  ])('those under %s', (_, schema, config) => {
    expect(maskSecrets(schema, config)('tok-1 a')).toBe('**** a');
  });

  test.each(['http://', ' HTTPS:// ', 'socks5://'])('not the scheme of a URL alone, such as "%s"', (token) => {
    const mask = maskSecrets(objectOf({ token: secret }), { token });
    expect(mask('Type it like http://proxy.example')).toBe('Type it like http://proxy.example');
  });

  test('those of a config of the wrong shape', () => {
    expect(maskSecrets(objectOf({ token: secret }), { token: ['tok-1'] })('tok-1')).toBe('****');
    expect(maskSecrets(objectOf({ token: secret }), 'text')('text')).toBe('text');
    expect(maskSecrets(objectOf({ token: secret }), null)('null')).toBe('null');
  });
});

describe('how they are replaced', () => {
  const masker = (...tokens: string[]) =>
    maskSecrets(objectOf({ tokens: { type: 'array', items: secret } }), { tokens });

  test('the longest first, so that no tail of a longer one is left', () => {
    expect(masker('abc', 'abcdef')('abcdef abc')).toBe('**** ****');
  });

  test('wherever they appear, also inside of a word', () => {
    expect(masker('abc')('xabcx?key=abc&abc')).toBe('x****x?key=****&****');
  });

  test('as they look inside of JSON', () => {
    expect(masker('a"b\\c')(JSON.stringify({ message: 'a"b\\c' }))).toBe('{"message":"****"}');
  });

  test('as they look inside of a URL', () => {
    const text = `${encodeURIComponent('a/b c')} ${encodeURI('a/b c')} ${new URLSearchParams({ q: 'a/b c' }).toString()}`;
    expect(masker('a/b c')(text)).toBe('**** **** q=****');
  });

  test('a secret of many lines as a whole, as it is and inside of JSON', () => {
    const pem = '-----BEGIN KEY-----\nAAAA\nBBBB\n-----END KEY-----\n';
    expect(masker(pem)(`key: ${pem}`)).toBe('key: ****');
    expect(masker(pem)(JSON.stringify([pem]))).toBe('["****"]');
  });

  test('also without the blanks that were typed around them', () => {
    expect(masker(' abc\n')('key=abc;')).toBe('key=****;');
  });

  test('a lone surrogate does no harm', () => {
    expect(masker('ab\ud800')('ab\ud800.')).toBe('****.');
  });

  test('in whichever case: hosts and names of headers are told in lower case', () => {
    expect(masker('Zoo-Secret')('https://zoo-secret.example ZOO-SECRET')).toBe('https://****.example ****');
  });

  test('as they look inside of JSON inside of JSON', () => {
    expect(masker('a"b\\c')(JSON.stringify(JSON.stringify({ key: 'a"b\\c' })))).toBe('"{\\"key\\":\\"****\\"}"');
  });

  test('as they look inside of JSON in ASCII', () => {
    expect(masker('pässwörd')('{"key":"p\\u00e4ssw\\u00F6rd"}')).toBe('{"key":"****"}');
  });

  test.each(['', 'a', 'ab', 'abc', 'user@example.com'])('as the password of Basic auth behind the user %j', (user) => {
    const header = Buffer.from(`${user}:pass-word`).toString('base64');
    expect(masker('pass-word')(`authorization: Basic ${header}; sent`)).toBe('authorization: Basic ****; sent');
  });

  test('as Base64 for URLs', () => {
    const password = 'ÿþ>?ÿþ>?';
    const token = Buffer.from(`u:${password}`).toString('base64url');
    expect(token).toMatch(/[-_]/);
    expect(masker(password)(`key=${token}`)).not.toContain(token.slice(4, -4));
  });

  test('as Base64 that has become lower case, as in the name of a host', () => {
    const text = `https://${Buffer.from('Bearer s3cret-Key').toString('base64url').toLowerCase()}.example`;
    expect(masker('s3cret-Key')(text)).toBe('https:****.example');
  });

  test('in hexadecimal, where they are long enough to be told from numbers', () => {
    expect(masker('s3cret')('key 733363726574, KEY 733363726574')).toBe('key ****, KEY ****');
    expect(masker('abc')('616263')).toBe('616263');
  });

  test('the lines of a key in PEM, but not what says that it is one', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0B\n-----END PRIVATE KEY-----\n';
    const text = 'error near hkiG9w0B after -----BEGIN PRIVATE KEY-----';
    expect(masker(pem)(text)).toBe('error near **** after -----BEGIN PRIVATE KEY-----');
    expect(masker(pem.replaceAll('\n', '\\n'))(text)).toBe('error near **** after -----BEGIN PRIVATE KEY-----');
  });

  test('the password of an address', () => {
    const mask = masker('http://user:p%40ss@proxy.example:3128');
    expect(mask('p%40ss p@ss')).toBe('**** ****');
    expect(mask(`Basic ${Buffer.from('user:p@ss').toString('base64')}`)).toBe('Basic ****');
  });

  test('a secret of two characters as a whole word only', () => {
    expect(masker('ab')('about ab, (AB) cab ab1 äab')).toBe('about ****, (****) cab ab1 äab');
  });

  test('secrets that overlap as one', () => {
    expect(masker('abcd', 'cdef')('xabcdefx')).toBe('x****x');
  });

  test('the same text again and again', () => {
    expect(masker('abab')('ababab abab')).toBe('**** ****');
  });

  test('one that was added while running', () => {
    const secrets = new Secrets();
    secrets.add('tok-2');
    secrets.add('tok-2');
    expect(secrets.mask('tok-2')).toBe('****');
  });

  test('regular expressions and replacement patterns in them mean nothing', () => {
    expect(masker('$&.*')('abcd $&.*')).toBe('abcd ****');
  });

  test('a secret that is empty, blank or one character leaves texts as they are', () => {
    expect(masker('', ' ', 'e')('the text')).toBe('the text');
  });
});
