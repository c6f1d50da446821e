import { expect } from '@jest/globals';
import type { Attack } from './attack';
import { answering, answerOf, EMPTY_PAGE, hostileConfig, withHostileServer } from './hostile-server';
import { failedCheck } from './provoke';

const targets: readonly (readonly [string, string])[] = [
  ['a file', 'file:///etc/passwd'],
  ['data', 'data:application/json,{"audit_logs":[]}'],
  ['a script', 'javascript:alert(1)'],
  ['plain HTTP', 'http://127.0.0.1/'],
  ['the metadata of a cloud', 'http://169.254.169.254/latest/meta-data/'],
  ['itself', '/api/v1/audit_logs'],
  ['nowhere', ''],
  ['a host without a scheme', '//elsewhere.example/'],
  ['a host with a port that there is not', 'https://elsewhere.example:99999/'],
  ['a host of many letters', `https://${'a'.repeat(5000)}.example/`],
  ['a host in another script', 'https://ѕоmеwhеrе.example/'],
  ['a text that is no address', '\\\\\\ %%% ::: [['],
];

const refused = targets.flatMap(([name, location]) =>
  ['301', '307'].map((status): Attack => ({
    name: `${name} (${status})`,
    run: () =>
      withHostileServer(answering(answerOf('', [`Location: ${location}`], `${status} x`)), async (server) => {
        const { message } = await failedCheck({ config: hostileConfig(server) });
        expect(message).toMatch(new RegExp(`redirects.* \\(${status}\\).*Check Tenant Domain`));
        expect(message.length).toBeLessThan(600);
        expect(server.heads.filter((head) => !head.startsWith('GET /api/v1/audit_logs?'))).toEqual([]);
      }),
  })),
);

/** Redirects, none of which is followed. */
export const redirectAttacks: readonly Attack[] = [
  ...refused,
  {
    name: 'another server, which is there and is trusted',
    run: () =>
      withHostileServer(answering(EMPTY_PAGE), (other) =>
        withHostileServer(
          answering(answerOf('', [`Location: https://${other.domain}/api/v1/audit_logs`], '302 x')),
          async (server) => {
            const ca_certificate = `${server.caCertificate}\n${other.caCertificate}`;
            const { message } = await failedCheck({ config: hostileConfig(server, { ca_certificate }) });
            expect(message).toContain(`redirects to ${other.domain}`);
            expect(other.heads).toEqual([]);
          },
        ),
      ),
  },
];
