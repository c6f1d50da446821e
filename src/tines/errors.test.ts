import { describe, expect, test } from '@jest/globals';
import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';
import {
  CertificateError,
  ConnectionError,
  GivenUpError,
  isHttpFact,
  PrivateAddressError,
  ProxyError,
  RateLimitedError,
  RequestTooLargeError,
  RetryableError,
  StatusError,
  TlsError,
  type GivenUpReason,
  type HttpFact,
  type ProxyFault,
  type ServiceNames,
} from '@airbyte/cdk-typescript-compat/http';
import { parseConfig } from '../config';
import { tenantNames } from './connect';
import { explainFact, permissionMissingError, TooLargeError, unexpectedJsonError } from './errors';

const DOMAIN = 'acme.tines.example:8443';

const namesOf = (settings: Record<string, unknown> = {}): ServiceNames =>
  tenantNames(parseConfig({ tenant_domain: DOMAIN, api_key: 'key', ...settings }, 0), { isSync: true });
const TENANT = namesOf();
const explain = (fact: HttpFact): ConnectorError => explainFact(fact, TENANT);
const status = (code: number, redirectsTo?: string): ConnectorError =>
  explain(new StatusError('Tines', code, { redirectsTo }));

describe('a status that only the user can do something about', () => {
  test.each([
    [400, [DOMAIN, 'User IDs', 'Operation Names']],
    [401, ['API key', 'AUDIT_LOG_READ', 'API Key']],
    [403, ['API key', 'AUDIT_LOG_READ', 'API Key', 'IP access control']],
    [404, [DOMAIN, 'Tenant Domain']],
    [405, [DOMAIN, 'Tenant Domain']],
    [422, [DOMAIN, 'User IDs', 'Operation Names']],
    [204, [DOMAIN, 'Tenant Domain']],
  ])('%d is a config_error that names the status and what to look at', (code, words) => {
    const error = status(code);
    expect(error).toBeInstanceOf(ConfigError);
    for (const word of [String(code), ...words]) expect(error.message).toContain(word);
  });

  test.each([301, 302, 303, 307, 308])('%d, a redirect, is a wrong domain', (code) => {
    const { message } = status(code, 'login.example');
    expect(message).toContain(`${DOMAIN} redirects to login.example (${code})`);
    expect(message).toContain('Tenant Domain');
  });

  test('a redirect within the tenant names no other host', () => {
    expect(status(302).message).toContain(`${DOMAIN} redirects (302)`);
  });
});

describe('what is found out otherwise', () => {
  test('a key without the permission', () => {
    expect(permissionMissingError()).toMatchObject({
      failureType: 'config_error',
      message: expect.stringContaining('AUDIT_LOG_READ'),
    });
  });

  test.each<[string, HttpFact, RegExp]>([
    [
      "a certificate that can't be trusted",
      new CertificateError('CERT_HAS_EXPIRED'),
      /CERT_HAS_EXPIRED.*CA Certificate/,
    ],
    ['TLS that is too old', new TlsError('ERR_SSL_X'), /acme\.tines\.example:8443.*ERR_SSL_X.*Tenant Domain.*TLS 1\.2/],
    ['a private address', new PrivateAddressError(), /acme\.tines\.example:8443.*private.*Tenant Domain/],
    ["a proxy's address that can't be read", new ProxyError({ type: 'address' }), /proxy.*HTTPS_PROXY/],
    ['a proxy that asks for credentials', new ProxyError({ type: 'status', status: 407 }), /proxy.*407.*HTTPS_PROXY/],
  ])('%s is a config_error', (_, fact, words) => {
    expect(explain(fact)).toMatchObject({ failureType: 'config_error', message: expect.stringMatching(words) });
  });

  test.each<[string, ProxyFault]>([
    ['asks for credentials', { type: 'status', status: 407 }],
    ['refuses', { type: 'status', status: 403 }],
    ['has a private address on the cloud', { type: 'private_address' }],
    ["can't be spoken to", { type: 'connection', code: 'EPROTO' }],
  ])('a proxy of the settings that %s is named by its setting, not by variables', (_, fault) => {
    const { message } = explainFact(new ProxyError(fault), namesOf({ proxy_url: 'http://proxy.example:3128' }));
    expect(message).toContain('Proxy URL');
    expect(message).not.toMatch(/HTTPS_PROXY|NO_PROXY/);
  });

  test.each([401, 403, 404, 302])('%d from a proxy blames neither the key nor the domain', (code) => {
    const { message } = explain(new ProxyError({ type: 'status', status: code }));
    expect(message).toMatch(new RegExp(`^The proxy in front of ${DOMAIN} .*\\(${code}\\)`));
    expect(message).not.toMatch(/API Key|API key|Tenant Domain|permission/);
  });
});

describe('what was tried in vain', () => {
  const cause = new RetryableError('Tines answered 502');
  const gaveUp = (reason: GivenUpReason, ms: number): ConnectorError => explain(new GivenUpError(reason, ms, cause));

  const waitTooLong = (ms: number): ConnectorError =>
    explain(new GivenUpError('wait_too_long', ms, new RateLimitedError('Tines', ms)));

  test.each([
    ['a tenant that is down', gaveUp('nothing_succeeded', 600_400), [DOMAIN, '10 minutes', '502', 'Tenant Domain']],
    ['a check out of time', gaveUp('deadline', 15_000), [DOMAIN, 'within 15 seconds', '502', 'Tenant Domain']],
    ['one request', gaveUp('one_request_failed', 3_600_000), [DOMAIN, 'one request', '60 minutes', '502', 'Ask']],
    ['429 for very long', gaveUp('only_rate_limited', 3_600_000), ['429', '60 minutes', 'Requests per Minute']],
    ['a wait too long after a 429', waitTooLong(20 * 60_000 + 1), ['21 minutes', 'Requests per Minute']],
    ['a wait too long after a 429, in seconds', waitTooLong(19_001), ['20 seconds', 'Requests per Minute']],
    [
      'a wait too long after another failure',
      gaveUp('wait_too_long', 20 * 60_000),
      ['20 minutes', '502', 'maintenance'],
    ],
    ['a request that is too large', explain(new RequestTooLargeError(cause)), ['502', 'Ask']],
  ])('%s is a transient_error that says what happened and what to do', (_, error, words) => {
    expect(error).toBeInstanceOf(ConnectorError);
    expect(error.failureType).toBe('transient_error');
    for (const word of words) expect(error.message).toContain(word);
  });

  test.each([
    [1000, 'a second'],
    [15_000, '15 seconds'],
    [60_000, 'a minute'],
    [90_000, '2 minutes'],
    [120 * 60_000, '120 minutes'],
    [121 * 60_000, '2 hours'],
    [48 * 3_600_000, '48 hours'],
    [49 * 3_600_000, '2 days'],
    [365 * 86_400_000, '365 days'],
    [Number.MAX_SAFE_INTEGER, 'more than a year'],
  ])('%d ms are %s', (ms, text) => {
    expect(gaveUp('nothing_succeeded', ms).message).toContain(`for ${text}:`);
  });

  test('a wait that a 503 asks for is no reason to make fewer requests', () => {
    expect(gaveUp('wait_too_long', 30 * 60_000).message).not.toContain('Requests per Minute');
  });

  test.each<[string, HttpFact]>([
    ['a wait too long', new GivenUpError('wait_too_long', 40_000, cause)],
    ['nothing but 429s', new GivenUpError('only_rate_limited', 14_000, cause)],
    ['a request that is too large', new RequestTooLargeError(cause)],
    ['no success in time', new GivenUpError('deadline', 15_000, cause)],
  ])('a check that ends with %s says nothing of a sync', (_, fact) => {
    expect(explainFact(fact, { ...TENANT, isSync: false }).message).not.toMatch(/sync|state/);
  });

  test.each([
    ['ENOTFOUND', /No such name.*Tenant Domain/],
    ['EAI_AGAIN', /network .* is down/],
    ['ENETUNREACH', /network .* is down/],
    ['EHOSTUNREACH', /network .* is down/],
    ['ECONNREFUSED', /port.*Tenant Domain/],
    ['ECONNRESET', /firewall/],
  ])('a connection that fails with %s is told what to look at', (code, words) => {
    const { message } = explain(new GivenUpError('nothing_succeeded', 15_000, new ConnectionError(code, 'connect')));
    expect(message).toContain(code);
    expect(message).toMatch(words);
  });

  test('a proxy that is down is told as such', () => {
    const proxy = new ProxyError({ type: 'connection', code: 'ECONNREFUSED' });
    const { failureType, message } = explain(
      new GivenUpError('nothing_succeeded', 600_000, new RetryableError(proxy.message, { cause: proxy })),
    );
    expect([failureType, message]).toEqual(['transient_error', expect.stringMatching(/proxy failed.*proxy is up/)]);
    expect(message).not.toContain('Tenant Domain');
  });

  test('a request that is too large is the error that smaller requests are made after', () => {
    expect(explain(new RequestTooLargeError(cause))).toBeInstanceOf(TooLargeError);
  });
});

describe('JSON of another shape', () => {
  test.each([
    ['where no page was read yet', false, 'config_error'],
    ['where pages were read before', true, 'transient_error'],
  ])('%s is a %s after three answers', (_, hasAnswered, failureType) => {
    const { final, tries } = unexpectedJsonError();
    expect(isHttpFact(final) && explainFact(final, { ...TENANT, hasAnswered })).toMatchObject({
      failureType,
      message: expect.stringMatching(/acme\.tines\.example:8443.*heck/),
    });
    expect(tries).toEqual({ atFirst: 3, afterSuccess: 3 });
  });
});
