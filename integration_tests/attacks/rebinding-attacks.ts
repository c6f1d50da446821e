import { join } from 'node:path';
import { expect } from '@jest/globals';
import { LOCAL_NAME } from '../../cdk/testing/local-servers';
import type { Attack } from './attack';
import { answering, EMPTY_PAGE, hostileConfig, withHostileServer, type HostileServer } from './hostile-server';
import { failedCheck, provoke } from './provoke';

const PUBLIC = '198.41.0.4';
const HERE = '127.0.0.1';

/** An environment in which names mean what this list says, question by question. */
const environment = (answers: readonly (readonly string[])[], cloud: boolean): Record<string, string> => ({
  NODE_OPTIONS: `--require=${join(__dirname, 'rebinding-names.cjs')}`,
  REBINDING: JSON.stringify(answers),
  ...(cloud ? { AIRBYTE_EDITION: 'cloud' } : {}),
});

const byName = (server: HostileServer) =>
  hostileConfig(server, { tenant_domain: server.domain.replace(HERE, LOCAL_NAME) });

const rebinding: readonly (readonly [string, readonly (readonly string[])[], RegExp])[] = [
  ['a private address', [[HERE]], /is a private address/],
  ['a private address behind a public one', [[PUBLIC, HERE]], /is a private address/],
  ['a public address first and a private one later', [[PUBLIC], [HERE]], /is a private address/],
  ['a private address in IPv6', [['::ffff:127.0.0.1']], /is a private address/],
  ['a private address by way of a translator', [['64:ff9b::7f00:1']], /is a private address/],
  ['this very machine', [['0.0.0.0']], /is a private address/],
  ['nothing', [[]], /./],
];

const onCloud = rebinding.map(([name, answers, message]): Attack => ({
  name: `${name} is sent nothing`,
  run: () =>
    withHostileServer(answering(EMPTY_PAGE), async (server) => {
      const { message: said } = await failedCheck({ config: byName(server), env: environment(answers, true) });
      expect(said).toMatch(message);
      expect(server.heads).toEqual([]);
    }),
}));

/** Names whose addresses change between two questions, on Airbyte's cloud. */
export const rebindingAttacks: readonly Attack[] = [
  ...onCloud,
  {
    name: 'a private address behind a proxy is sent nothing, and the proxy is not asked for it',
    run: () =>
      withHostileServer(answering(EMPTY_PAGE), async (server) => {
        const asked: string[] = [];
        const proxy = await server.servers.proxy((request, socket) => {
          asked.push(String(request.url));
          server.servers.letThrough(request, socket);
        });
        const env = { ...environment([[HERE]], true), HTTPS_PROXY: proxy };
        const { message } = await failedCheck({ config: byName(server), env });
        expect(message).toMatch(/is a private address/);
        expect([asked, server.heads]).toEqual([[], []]);
      }),
  },
  {
    name: 'a private address is a tenant as any other where Airbyte is run by its user',
    run: () =>
      withHostileServer(answering(EMPTY_PAGE), async (server) => {
        const run = await provoke('check', { config: byName(server), env: environment([[HERE]], false) });
        expect(run.messages).toContainEqual(expect.objectContaining({ connectionStatus: { status: 'SUCCEEDED' } }));
      }),
  },
];
