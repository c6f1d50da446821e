import { expect } from '@jest/globals';
import { generate } from 'selfsigned';
import { API_KEY } from '../tenant';
import type { Attack } from './attack';
import { answering, answerOf, hostileConfig, withHostileServer, type HostileOptions } from './hostile-server';
import { failedCheck } from './provoke';

/** A key that can stand in the name of a host. */
const HOST_KEY = 'tines7Kq2ZpXw9RmLv4';

/** How a server may spell what it was sent. */
const spellings: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in lower case': (text) => text.toLowerCase(),
  'in upper case': (text) => text.toUpperCase(),
  'in a URL': encodeURIComponent,
  'in JSON': (text) => JSON.stringify(text),
  'in JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)),
  'in Base64': (text) => Buffer.from(`Bearer ${text}`).toString('base64'),
  'in Base64 for URLs': (text) => Buffer.from(`:${text}`).toString('base64url'),
  'in hexadecimal': (text) => Buffer.from(text).toString('hex'),
};

const everySpelling = (text: string): string =>
  Object.values(spellings)
    .map((spell) => spell(text))
    .join(' ');

const key = everySpelling(API_KEY);
const inUrl = encodeURIComponent(API_KEY);
const json = JSON.stringify({ error: key, errors: [{ message: key, [key]: API_KEY }] });

/** Where an answer may hold what was sent. */
const places: readonly (readonly [string, Buffer | string])[] = [
  ...[200, 204, 400, 401, 429].map(
    (status) => [`the status line of a ${status}`, answerOf('', [], `${status} ${key}`)] as const,
  ),
  ...[200, 401, 403, 404, 422].map((status) => [`the JSON of a ${status}`, answerOf(json, [], `${status} x`)] as const),
  ['a body that is no JSON', answerOf(key)],
  ['a body that is cut off', answerOf(`{"audit_logs":[{"id":${JSON.stringify(API_KEY)}`)],
  ['a web page', answerOf(`<html><title>${key}</title></html>`, [], '502 x')],
  ['a header', answerOf('{}', [`X-Echo: ${key}`, `Set-Cookie: key=${inUrl}`])],
  ['a header without a colon', `HTTP/1.1 200 OK\r\n${key}\r\n\r\n{}`],
  ['the name of a header', `HTTP/1.1 200 OK\r\n${spellings['in hexadecimal']?.(API_KEY) ?? ''}: ${key}\r\n\r\n{}`],
  ['a header and a line break', `HTTP/1.1 200 OK\r\nX: y\r${key}\r\n\r\n{}`],
  ['the content type', answerOf(key, [`Content-Type: text/html; charset=${inUrl}`])],
  ['the encoding', answerOf(key, [`Content-Encoding: ${key}`])],
  ['the length', `HTTP/1.1 200 OK\r\nContent-Length: ${key}\r\n\r\n{}`],
  ['the transfer encoding', `HTTP/1.1 200 OK\r\nTransfer-Encoding: ${key}\r\n\r\n{}`],
  ['the size of a chunk', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${key}\r\n{}\r\n`],
  ['the time to wait', answerOf('', [`Retry-After: ${key}`], '429 x')],
  ['the date', answerOf('', [`Date: ${key}`], '503 x')],
  ['no head at all', `${key}\r\n`],
  ['the version', `HTTP/${key} 200 OK\r\n\r\n`],
  ['a redirect to a path', answerOf('', [`Location: https://elsewhere.example/${inUrl}?q=${inUrl}#${inUrl}`], '302 x')],
  ['a redirect to a user', answerOf('', [`Location: https://${inUrl}:${inUrl}@elsewhere.example/`], '302 x')],
  ['a redirect to nowhere', answerOf('', [`Location: ${key}`], '302 x')],
];

const answerEchoes = places.map(([place, answer]): Attack => ({
  name: place,
  run: () =>
    withHostileServer(answering(answer), async (server) => {
      await failedCheck({ config: hostileConfig(server) });
      expect(server.heads[0]).toContain(API_KEY);
    }),
}));

const hostEchoes = Object.entries(spellings).map(([name, spell]): Attack => ({
  name: `the host of a redirect, ${name}`,
  run: () => {
    const host = `${spell(HOST_KEY).replace(/[^\w-]/g, '')}.example`;
    return withHostileServer(answering(answerOf('', [`Location: https://${host}/`], '302 x')), async (server) => {
      const config = hostileConfig(server, { api_key: HOST_KEY });
      const { message } = await failedCheck({ config, secrets: [HOST_KEY] });
      expect(message).toMatch(/redirects to \*\*\*\*/);
    });
  },
}));

const certificateEchoes = (['commonName', 'organizationName'] as const).map((name): Attack => ({
  name: `the ${name} of a certificate`,
  run: async () => {
    const altNames = [{ type: 2 as const, value: `${HOST_KEY}.example` }];
    const made = await generate([{ name, value: HOST_KEY }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames }],
    });
    const options: HostileOptions = { tls: { key: made.private, cert: made.cert } };
    await withHostileServer(
      answering(''),
      async (server) => {
        for (const ca_certificate of [null, made.cert]) {
          const config = hostileConfig(server, { ca_certificate, api_key: HOST_KEY });
          await failedCheck({ config, secrets: [HOST_KEY] });
        }
        expect(server.heads).toEqual([]);
      },
      options,
    );
  },
}));

/** Servers that answer with the key. What a record holds is data, and not searched. */
export const echoAttacks: readonly Attack[] = [...answerEchoes, ...hostEchoes, ...certificateEchoes];
