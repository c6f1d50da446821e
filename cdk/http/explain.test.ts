import { describe, expect, test } from '@jest/globals';
import {
  RateLimitedError,
  RefusedError,
  RetryableError,
  CertificateError,
  DebugVariableError,
  GivenUpError,
  PrivateAddressError,
  ProxyError,
  RequestTooLargeError,
  StatusError,
  TlsError,
  TokenRefusedError,
  UnencryptedUrlError,
  UnexpectedBodyError,
  type HttpFact,
  type ProxyFault,
} from './errors';
import { explainHttp, type ServiceNames } from './explain';

const NAMES: ServiceNames = {
  service: 'Example',
  host: 'api.example.com',
  isSync: true,
  settings: { address: 'Server URL', credentials: 'API Token', caCertificate: 'CA', requestsPerMinute: 'Requests' },
};
const failed = new RetryableError('Example answered 503');
const status = (code: number, redirectsTo?: string): StatusError => new StatusError('Example', code, { redirectsTo });
const proxy = (fault: ProxyFault): ProxyError => new ProxyError(fault);
const throughProxy = (fact: ProxyError): RetryableError => new RetryableError(fact.message, { cause: fact });

test.each<[string, HttpFact, 'config_error' | 'transient_error', RegExp]>([
  ['401', status(401), 'config_error', /Example .*\(401\).*API Token/],
  ['403', status(403), 'config_error', /Example .*\(403\).*API Token/],
  ['404', status(404), 'config_error', /Example .*api\.example\.com \(404\).*Server URL/],
  ['a redirect', status(302, 'login.example'), 'config_error', /redirects to login\.example \(302\).*Server URL/],
  ['another status', status(418), 'config_error', /418.*Server URL/],
  ['a body of another kind', new UnexpectedBodyError('it sends x'), 'config_error', /it sends x.*Server URL/],
  ['no access token', new TokenRefusedError(400, 'invalid_grant'), 'config_error', /invalid_grant.*API Token/],
  ['no access token, without a code', new TokenRefusedError(401, undefined), 'config_error', /\(401\)/],
  ['a request too large', new RequestTooLargeError(failed), 'transient_error', /Example answered 503.*limits/],
  ['a certificate', new CertificateError('CERT_X'), 'config_error', /api\.example\.com.*CERT_X.*Server URL.*into CA\./],
  ['TLS', new TlsError('ERR_SSL_X'), 'config_error', /api\.example\.com.*ERR_SSL_X.*Server URL.*TLS 1\.2/],
  [
    'an address with http://',
    new UnencryptedUrlError('x.example'),
    'config_error',
    /x\.example .*nothing was sent.*Server URL.*https:/,
  ],
  ['a private address', new PrivateAddressError(), 'config_error', /private.*Airbyte Cloud.*Server URL/],
  ['NODE_DEBUG', new DebugVariableError('NODE_DEBUG'), 'config_error', /NODE_DEBUG.*nothing was sent/],
  ["a proxy's address", proxy({ type: 'address' }), 'config_error', /proxy's address in HTTPS_PROXY.*%25/],
  [
    "a proxy's 407",
    proxy({ type: 'status', status: 407 }),
    'config_error',
    /asks for credentials \(407\).*HTTPS_PROXY/,
  ],
  ["a proxy's 403", proxy({ type: 'status', status: 403 }), 'config_error', /The proxy .*\(403\).*NO_PROXY/],
  [
    "a proxy's certificate",
    proxy({ type: 'certificate', code: 'X' }),
    'config_error',
    /The proxy .*\(X\).*HTTPS_PROXY/,
  ],
  [
    'a server that is down',
    new GivenUpError('nothing_succeeded', 600_000, failed),
    'transient_error',
    /10 minutes.*Server/,
  ],
  [
    'a proxy that is down',
    new GivenUpError('nothing_succeeded', 600_000, throughProxy(proxy({ type: 'connection', code: 'ECONNREFUSED' }))),
    'transient_error',
    /10 minutes.*proxy failed \(ECONNREFUSED\).*whether the proxy is up/,
  ],
  [
    'a check out of time',
    new GivenUpError('deadline', 15_000, failed),
    'transient_error',
    /^Example at api\.example\.com could not be read within 15 seconds: .*503\. Check Server URL and whether it is up\.$/,
  ],
  [
    'a check that a proxy kept from an answer',
    new GivenUpError('deadline', 15_000, throughProxy(proxy({ type: 'connection', code: 'ECONNREFUSED' }))),
    'transient_error',
    /could not be reached within 15 seconds: .*proxy is up and lets connections to api\.example\.com through\.$/,
  ],
  [
    'one request',
    new GivenUpError('one_request_failed', 60_000, failed),
    'transient_error',
    /one request for a minute/,
  ],
  ['nothing but 429s', new GivenUpError('only_rate_limited', 60_000, failed), 'transient_error', /429.*lower Requests/],
  [
    'a wait too long after a 429',
    new GivenUpError('wait_too_long', 60_001, new RateLimitedError('Example', 60_001)),
    'transient_error',
    /^Example .*2 minutes.*lower Requests/,
  ],
  [
    'a wait too long after another failure',
    new GivenUpError('wait_too_long', 60_001, failed),
    'transient_error',
    /^Example asks to wait 2 minutes before the next request: Example answered 503\. Check whether it is up(?!.*lower Requests)/,
  ],
  [
    'a wait too long that a proxy asks for',
    new GivenUpError('wait_too_long', 60_001, throughProxy(proxy({ type: 'status', status: 503 }))),
    'transient_error',
    /^The proxy .*2 minutes/,
  ],
])('%s is explained, with what to do', (_, fact, failureType, words) => {
  expect(explainHttp(fact, NAMES)).toMatchObject({ failureType, message: expect.stringMatching(words), cause: fact });
});

describe('after other requests were answered', () => {
  const answered: ServiceNames = { ...NAMES, hasAnswered: true };

  test('a 404 is no sign of a wrong address', () => {
    const { failureType, message } = explainHttp(status(404), answered);
    expect(failureType).toBe('config_error');
    expect(message).toMatch(/\(404\).*deleted.*credentials.*report/);
    expect(message).not.toMatch(/Server URL/);
  });

  test('an unexpected status is for the authors', () => {
    expect(explainHttp(status(406), answered)).toMatchObject({
      failureType: 'system_error',
      message: expect.stringMatching(/unexpected status 406.*report/),
    });
  });
});

test.each<[string, (fact: StatusError) => HttpFact]>([
  ['a failure that lasts', (fact) => new GivenUpError('deadline', 1, new RetryableError('503', { cause: fact }))],
  ['a 413', (fact) => new RequestTooLargeError(fact)],
  ['a refusal of one request alone', (fact) => new RequestTooLargeError(new RefusedError('403', fact))],
])('%s has request and response in the internal message', (_, factOf) => {
  const fact = factOf(new StatusError('Example', 503, { request: 'GET /items', excerpt: 'down' }));
  expect(explainHttp(fact, NAMES).internalMessage).toBe('GET /items was answered 503: down');
});

test.each<[string, HttpFact]>([
  ['a wait too long', new GivenUpError('wait_too_long', 40_000, failed)],
  ['a request too large', new RequestTooLargeError(failed)],
])('a check that ends with %s says nothing of a sync', (_, fact) => {
  expect(explainHttp(fact, { ...NAMES, isSync: false }).message).toMatch(/Try again later\.$/);
});

describe('settings that a source does not have', () => {
  const few: ServiceNames = { ...NAMES, settings: { address: 'Server URL', proxy: 'Proxy URL' } };

  test.each<[string, HttpFact, RegExp]>([
    ['a CA certificate', new CertificateError('CERT_X'), /Check Server URL\.$/],
    ['credentials', status(401), /Check the credentials\.$/],
    ['a rate limit', new GivenUpError('only_rate_limited', 60_000, failed), /make fewer requests\.$/],
  ])('are not named: %s', (_, fact, words) => {
    expect(explainHttp(fact, few).message).toMatch(words);
  });

  test("a proxy's setting stands in place of the environment", () => {
    const { message } = explainHttp(proxy({ type: 'status', status: 403 }), few);
    expect(message).toMatch(/in Proxy URL\.$/);
    expect(message).not.toContain('PROXY');
  });
});
