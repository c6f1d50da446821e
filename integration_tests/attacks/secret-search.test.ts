import { describe, expect, test } from '@jest/globals';
import { API_KEY } from '../tenant';
import { SecretSearch } from './secret-search';

const search = new SecretSearch([API_KEY]);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const half = Math.floor(API_KEY.length / 2);

describe('The search finds a secret that is planted', () => {
  test.each<[string, (secret: string) => string]>([
    ['as it is', (secret) => secret],
    ['in lower case', (secret) => secret.toLowerCase()],
    ['in upper case', (secret) => secret.toUpperCase()],
    ['in a URL', encodeURIComponent],
    ['in a URL, with small digits', (secret) => encodeURIComponent(secret).toLowerCase()],
    ['in a form', (secret) => new URLSearchParams({ q: secret }).toString()],
    ['in a URL, each byte of it', (secret) => Buffer.from(secret).toString('hex').replace(/../g, '%$&')],
    ['in JSON', (secret) => JSON.stringify({ secret })],
    ['in JSON in JSON', (secret) => JSON.stringify(JSON.stringify({ secret }))],
    [
      'in JSON, each character of it',
      (secret) => secret.replace(/[^]/g, (one) => `\\u00${Buffer.from(one).toString('hex')}`),
    ],
    ['in hexadecimal', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
    ['in Base64', base64],
    ['in Base64 behind one byte', (secret) => base64(`:${secret}`)],
    ['in Base64 behind two bytes', (secret) => base64(`u:${secret}`)],
    ['in Base64 behind a name and before more', (secret) => base64(`user:${secret}, and so on`)],
    ['in Base64 for URLs', (secret) => Buffer.from(`~~${secret}`).toString('base64url')],
    ['in Base64 in lower case', (secret) => base64(secret).toLowerCase()],
  ])('%s, whole or half', (_, plant) => {
    for (const planted of [API_KEY, API_KEY.slice(0, half), API_KEY.slice(half)]) {
      expect(search.findIn(`before ${plant(planted)} behind`)).toBeDefined();
    }
  });
});

test('The search says which form it has found, and where', () => {
  expect(search.findIn(`${'x'.repeat(100)}${API_KEY}${'y'.repeat(100)}`)).toEqual({
    form: 'the secret as it is',
    around: `${'x'.repeat(60)}${API_KEY}${'y'.repeat(60)}`,
  });
});

test.each(['', 'nothing of it', API_KEY.slice(3, 10), 'integration'])('The search finds nothing in %j', (text) => {
  expect(search.findIn(text)).toBeUndefined();
});

test('The search leaves out halves that are too short to be told from words', () => {
  expect(new SecretSearch(['password-12']).findIn('password')).toBeUndefined();
  expect(new SecretSearch(['password-12']).findIn('PASSWORD-12')).toBeDefined();
});
