import { describe, expect, test } from '@jest/globals';
import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';
import {
  certificateError,
  errorForStatus,
  gaveUpError,
  longWaitError,
  permissionMissingError,
  privateAddressError,
  proxyAddressError,
  rateLimitedTooLongError,
  refusedError,
  requestGaveUpError,
  unexpectedJsonError,
  wrongDomainError,
} from './error-messages';
import { RefusedError, RetryableError, TooHeavyError } from './errors';

const DOMAIN = 'acme.tines.example:8443';

/** The ConfigError that a status ends with. */
function finalError(status: number, location?: string): ConfigError {
  const error = errorForStatus(status, DOMAIN, { location });
  const final: unknown = error instanceof RefusedError ? error.final : error;
  if (final instanceof ConfigError) return final;
  throw new Error('no ConfigError', { cause: final });
}

describe('a status that only the user can do something about', () => {
  test.each([
    [400, [DOMAIN, 'User IDs', 'Operation Names']],
    [401, ['API key', 'AUDIT_LOG_READ', 'API Key']],
    [403, ['API key', 'AUDIT_LOG_READ', 'API Key']],
    [404, [DOMAIN, 'Tenant Domain']],
    [405, [DOMAIN, 'Tenant Domain']],
    [407, [DOMAIN, 'HTTPS_PROXY']],
    [422, [DOMAIN, 'User IDs', 'Operation Names']],
    [204, [DOMAIN, 'Tenant Domain']],
  ])('%d ends with a config_error that names the status and what to look at', (status, words) => {
    const { message } = finalError(status);
    for (const word of [String(status), ...words]) expect(message).toContain(word);
  });

  test.each([400, 422])('%d is final at once', (status) => {
    expect(errorForStatus(status, DOMAIN)).toBeInstanceOf(ConfigError);
  });

  test.each([401, 403, 404, 302, 405, 407, 204])('%d is final at first, and after four in a row later', (status) => {
    expect(errorForStatus(status, DOMAIN)).toMatchObject({
      message: `Tines answered ${status}`,
      tries: { atFirst: 1, afterSuccess: 4 },
    });
  });
});

describe('a status that passes', () => {
  test.each([408, 425, 500, 502, 503, 504, 520, 599])('%d is retryable', (status) => {
    const error = errorForStatus(status, DOMAIN);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).not.toBeInstanceOf(RefusedError);
    expect(error.message).toContain(String(status));
  });

  test('keeps the wait that the server asks for', () => {
    expect(errorForStatus(503, DOMAIN, { retryAfterMs: 5000 })).toMatchObject({ retryAfterMs: 5000 });
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%d is a wrong domain', (status) => {
    const { message } = finalError(status, 'https://login.example/start');
    expect(message).toContain(DOMAIN);
    expect(message).toContain('Tenant Domain');
  });

  test('name the host that they lead to, and nothing else of it', () => {
    const { message } = finalError(302, 'https://me:pass@login.example/start?token=secret#x');
    expect(message).toContain('redirects to login.example (302)');
    expect(message).not.toMatch(/me:pass|start|token|secret/);
  });

  test.each([undefined, '', '/login', 'https://', `https://${DOMAIN}/login`])(
    'to "%s" name no other host',
    (location) => {
      expect(finalError(302, location).message).toContain(`${DOMAIN} redirects (302)`);
    },
  );
});

describe('what is found out otherwise', () => {
  test('a key without the permission', () => {
    expect(permissionMissingError()).toMatchObject({
      failureType: 'config_error',
      message: expect.stringContaining('AUDIT_LOG_READ'),
    });
  });

  test('a domain that has no tenant', () => {
    expect(wrongDomainError(DOMAIN)).toMatchObject({
      failureType: 'config_error',
      message: expect.stringMatching(/acme\.tines\.example:8443.*Tenant Domain/),
    });
  });

  test("a certificate that can't be trusted", () => {
    expect(certificateError(DOMAIN, 'SELF_SIGNED_CERT_IN_CHAIN', new Error('cause'))).toMatchObject({
      failureType: 'config_error',
      message: expect.stringMatching(/acme\.tines\.example:8443.*SELF_SIGNED_CERT_IN_CHAIN.*CA Certificate/),
    });
  });

  test('a private address', () => {
    expect(privateAddressError(DOMAIN)).toMatchObject({
      failureType: 'config_error',
      message: expect.stringMatching(/acme\.tines\.example:8443.*private.*Tenant Domain/),
    });
  });

  test("a proxy's address that can't be read", () => {
    expect(proxyAddressError()).toMatchObject({
      failureType: 'config_error',
      message: expect.stringContaining('proxy'),
    });
  });
});

describe('what was tried in vain', () => {
  const cause = new Error('Tines answered 502');

  test.each([
    ['a tenant that is down', gaveUpError(DOMAIN, 600_400, cause), [DOMAIN, '10 minutes', '502', 'Tenant Domain']],
    ['one request', requestGaveUpError(DOMAIN, 3_600_000, cause), [DOMAIN, 'one request', '60 minutes', '502', 'Ask']],
    ['429 for very long', rateLimitedTooLongError(3_600_000), ['429', '60 minutes', 'Requests per Minute']],
    ['a wait too long, in minutes', longWaitError(20 * 60_000 + 1), ['21 minutes', 'Requests per Minute']],
    ['a wait too long, in seconds', longWaitError(19_001), ['20 seconds', 'Requests per Minute']],
    ['a request that is too heavy', new TooHeavyError(cause), ['502', 'Ask']],
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
  ])('%d ms are %s', (ms, text) => {
    expect(gaveUpError(DOMAIN, ms, cause).message).toContain(`for ${text}:`);
  });
});

describe('JSON of another shape', () => {
  test.each([
    ['where no page was read yet', false, 'config_error'],
    ['where pages were read before', true, 'transient_error'],
  ])('%s is a %s after three answers', (_, read, failureType) => {
    const { final, tries } = unexpectedJsonError(DOMAIN, read);
    expect(final).toMatchObject({ failureType, message: expect.stringMatching(/acme\.tines\.example:8443.*heck/) });
    expect(tries).toEqual({ atFirst: 3, afterSuccess: 3 });
  });
});

test('a refusal names its status only, until it is final', () => {
  const final = permissionMissingError();
  expect(refusedError(404, final)).toMatchObject({ message: 'Tines answered 404', final });
});
