import { expect } from '@jest/globals';
import { API_KEY } from '../tenant';
import type { Attack } from './attack';
import {
  answering,
  answerOf,
  EMPTY_PAGE,
  hostileConfig,
  hostileRead,
  withHostileServer,
  type HostileServer,
} from './hostile-server';
import { provoke } from './provoke';

const FORGED_ID = '666';
const FORGED = answerOf(
  `{"audit_logs":[{"id":${FORGED_ID},"created_at":"2026-03-01T12:00:00Z","timestamp":"2026-03-01T12:00:00Z"}]}`,
);
const COOKIE = 'Set-Cookie: session=stolen; Path=/';

/** A read that ends well, and delivers nothing that is no answer to a request. */
async function readsNothing(server: HostileServer): Promise<void> {
  const run = await provoke('read', hostileRead(server));
  expect(run).toMatchObject({ exitCode: 0, errors: [], ids: [] });
}

const second =
  (between: string): Attack['run'] =>
  () =>
    withHostileServer(
      answering(Buffer.concat([EMPTY_PAGE, Buffer.from(between), FORGED]), { hangsUp: false }),
      readsNothing,
    );

/** What goes wrong between one answer and the next. */
export const exchangeAttacks: readonly Attack[] = [
  { name: 'a second answer that nobody has asked for is taken for no other', run: second('') },
  { name: 'a second answer behind an interim one is taken for no other', run: second('HTTP/1.1 100 Continue\r\n\r\n') },
  { name: 'a second answer behind line breaks is taken for no other', run: second('\r\n\r\n') },
  {
    name: 'what stands behind an answer does not spoil it',
    run: () =>
      withHostileServer(
        answering(Buffer.concat([EMPTY_PAGE, Buffer.alloc(100_000, 'garbage')]), { hangsUp: false }),
        readsNothing,
      ),
  },
  {
    name: 'an answer before the request gets no key, or all of the request',
    run: () =>
      withHostileServer(
        answering(EMPTY_PAGE, { hangsUp: false }),
        async (server) => {
          const run = await provoke('check', { config: hostileConfig(server) });
          expect(run).toMatchObject({ exitCode: 0, errors: [] });
          expect(server.heads.every((head) => head.includes(API_KEY))).toBe(true);
        },
        { onConnection: (socket) => socket.write(EMPTY_PAGE) },
      ),
  },
  {
    name: 'a cookie is not sent back',
    run: () =>
      withHostileServer(
        (socket, _, number) => socket.write(answerOf('{"audit_logs":[]}', [COOKIE], number === 1 ? '503 x' : '200 OK')),
        async (server) => {
          await readsNothing(server);
          expect(server.heads.length).toBeGreaterThan(1);
          expect(server.heads.join('\n')).not.toMatch(/cookie|stolen/i);
        },
      ),
  },
  {
    name: 'a server that wants to keep others from being reached by plain HTTP is asked by TLS as before',
    run: () =>
      withHostileServer(
        answering(answerOf('{"audit_logs":[]}', ['Alt-Svc: h2="127.0.0.1:9"', 'Refresh: 0; url=http://x/']), {
          hangsUp: false,
        }),
        readsNothing,
      ),
  },
  ...['Fri, 31 Dec 9999 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Mon, 01 Jan 275761 00:00:00 GMT', '1e999'].map(
    (date): Attack => ({
      name: `a clock that says ${date} moves no state where nothing was shown`,
      run: () =>
        withHostileServer(
          answering(answerOf('{"audit_logs":[]}', [`Date: ${date}`]), { hangsUp: false }),
          async (server) => {
            const run = await provoke('read', hostileRead(server));
            expect(run).toMatchObject({ exitCode: 0, errors: [] });
            expect(run.states.at(-1)).toMatchObject({ timestamp: '2026-02-28T00:00:00.000Z' });
          },
        ),
    }),
  ),
];
