import { afterAll, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { LocalServers } from '../cdk/testing/local-servers';
import { run, type ConnectorRun } from './connector';
import { configFor, withTenant } from './tenant';

const servers = new LocalServers();
afterAll(() => servers.close());

const PASSWORD = 'its-pass+word';
const BASIC = Buffer.from(`user:${PASSWORD}`).toString('base64');

/** The environment with a proxy that answers each CONNECT so; `echo` becomes what it got of credentials. */
async function behind(answer: string): Promise<Record<string, string>> {
  const url = await servers.proxy((request, socket) => {
    socket.end(answer.replace('echo', `${String(request.headers['proxy-authorization'])} user:${PASSWORD}`));
  });
  return { HTTPS_PROXY: url.replace('//', `//user:${encodeURIComponent(PASSWORD)}@`), DEBUG: '*' };
}

/** A check that fails, having sent the tenant nothing and said nothing of the proxy's credentials. */
async function failedCheck(
  env: Record<string, string>,
  settings: JsonObject = {},
): Promise<{ message: string; result: ConnectorRun }> {
  let result: ConnectorRun | undefined;
  await withTenant({}, async (tenant) => {
    result = await run('check', { env, config: configFor(tenant, settings), args: ['--debug'] });
    expect(tenant.requests).toEqual([]);
  });
  if (result === undefined) throw new Error('was not run');
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), BASIC]) {
    expect(`${result.lines.join('\n')}${result.stderr}`).not.toContain(secret);
  }
  const status = result.messages.find(({ type }) => type === 'CONNECTION_STATUS');
  if (status?.type !== 'CONNECTION_STATUS' || status.connectionStatus.status !== 'FAILED') {
    throw new Error('the check did not fail');
  }
  return { message: status.connectionStatus.message, result };
}

/** Most of these wait for the 15 s of a check, so they run at once. */
describe('a proxy', () => {
  test.concurrent.each([401, 403, 404, 302, 103])(
    'that refuses with %d is named, and neither key nor tenant',
    async (status) => {
      const forged = 'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"audit_logs":[]}';
      const { message } = await failedCheck(await behind(`HTTP/1.1 ${status} No\r\n\r\n${forged}`));
      expect(message).toMatch(new RegExp(`^The proxy in front of .* \\(${status}\\)`));
      expect(message).not.toMatch(/API key|Tenant Domain/i);
    },
  );

  test.concurrent('that asks for credentials says so', async () => {
    const { message } = await failedCheck(await behind('HTTP/1.1 407 echo\r\nX: echo\r\n\r\necho'));
    expect(message).toMatch(/proxy .* asks for credentials \(407\)/);
  });

  test.concurrent('that fails for as long as a check waits is named', async () => {
    const { message, result } = await failedCheck(await behind('HTTP/1.1 503 echo\r\n\r\n'));
    expect(message).toMatch(/the proxy answered 503.*Check whether the proxy is up/);
    expect(result.seconds).toBeLessThan(20);
  });

  test.concurrent('that is silent is named, and neither key nor tenant', async () => {
    const HTTPS_PROXY = await servers.proxy(() => undefined);
    const { message } = await failedCheck({ HTTPS_PROXY });
    expect(message).toMatch(/could not be reached within 15 seconds: the connection to the proxy failed \(ETIMEDOUT\)/);
    expect(message).not.toMatch(/API key|Tenant Domain/i);
  });

  test.concurrent('without a scheme in its variable is spoken to by HTTP, as curl does', async () => {
    const { HTTPS_PROXY = '' } = await behind('HTTP/1.1 403 No\r\n\r\n');
    const { message } = await failedCheck({ HTTPS_PROXY: HTTPS_PROXY.replace('http://', '') });
    expect(message).toMatch(/^The proxy in front of .* \(403\)/);
  });

  test.concurrent('that echoes its credentials where no header can be leaves no trace of them', async () => {
    const { message } = await failedCheck(await behind('HTTP/1.1 407 No\r\necho\r\n\r\n'));
    expect(message).toContain('proxy');
  });
});

describe('a proxy of the settings', () => {
  test('is the way to the tenant, whatever the environment says', async () => {
    const tunnels: string[] = [];
    const url = await servers.proxy((request, socket) => {
      tunnels.push(`${String(request.url)} ${String(request.headers['proxy-authorization'])}`);
      servers.letThrough(request, socket);
    });
    const proxy_url = url.replace('//', `//user:${encodeURIComponent(PASSWORD)}@`);
    await withTenant({}, async (tenant) => {
      const env = { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '*' };
      const { messages, logs } = await run('check', { env, config: configFor(tenant, { proxy_url }) });
      expect(messages).toContainEqual({ type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } });
      expect(logs.slice(1)).toEqual(['INFO Tines shows no entry yet. What happens from now on will come.']);
      expect(tunnels).toEqual([`${tenant.domain} Basic ${BASIC}`]);
    });
  });

  test('that echoes its credentials is named by its setting, and leaves no trace of them', async () => {
    const { HTTPS_PROXY: proxy_url } = await behind('HTTP/1.1 407 echo\r\nX: echo\r\n\r\necho');
    const { message } = await failedCheck({}, { proxy_url: String(proxy_url) });
    expect(message).toMatch(/asks for credentials \(407\).*Proxy URL/);
  });
});

describe('the environment', () => {
  test('with a NODE_DEBUG that prints the key is refused', async () => {
    const { message, result } = await failedCheck({ NODE_DEBUG: 'http,tls' });
    expect(message).toContain('NODE_DEBUG');
    expect(result.stderr).not.toMatch(/HTTP \d+/);
  });

  test('can not turn the verification of certificates off', async () => {
    await withTenant({}, async (tenant) => {
      const config = configFor(tenant, { ca_certificate: null });
      const { messages, logs, stderr } = await run('check', { config, env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
      expect(messages).toContainEqual(
        expect.objectContaining({ connectionStatus: expect.objectContaining({ status: 'FAILED' }) }),
      );
      expect(logs).toContainEqual(expect.stringMatching(/^WARN NODE_TLS_REJECT_UNAUTHORIZED=0 .*ignored/));
      expect([stderr, tenant.requests]).toEqual(['', []]);
    });
  });
});
