import { describe, expect, test } from '@jest/globals';
import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';
import {
  certificateError,
  errorForStatus,
  gaveUpError,
  longWaitError,
  permissionMissingError,
  privateAddressError,
  RateLimitedError,
  TransientError,
  wrongDomainError,
} from './errors';

const DOMAIN = 'acme.tines.example:8443';

describe('statuses that only the user can mend', () => {
  test.each([
    [400, [DOMAIN, 'User IDs', 'Operation Names']],
    [401, ['API key', 'AUDIT_LOG_READ', 'API Key']],
    [403, ['API key', 'AUDIT_LOG_READ', 'API Key']],
    [404, [DOMAIN, 'Tenant Domain']],
    [405, [DOMAIN, 'Tenant Domain']],
    [422, [DOMAIN, 'User IDs', 'Operation Names']],
    [204, [DOMAIN, 'Tenant Domain']],
  ])('%d is a config_error that names the status and what to look at', (status, words) => {
    const error = errorForStatus(status, DOMAIN);
    expect(error).toBeInstanceOf(ConfigError);
    for (const word of [String(status), ...words]) expect(error.message).toContain(word);
  });
});

describe('statuses that pass', () => {
  test.each([408, 425, 500, 502, 503, 504, 520, 599])('%d is transient', (status) => {
    const error = errorForStatus(status, DOMAIN);
    expect(error).toBeInstanceOf(TransientError);
    expect(error).not.toBeInstanceOf(RateLimitedError);
    expect(error.message).toContain(String(status));
  });

  test('keep the wait that the server asks for', () => {
    expect(errorForStatus(503, DOMAIN, { retryAfterMs: 5000 })).toMatchObject({ retryAfterMs: 5000, timedOut: false });
  });

  test.each([undefined, 0, 7000])('429 concerns everybody, with a wait of %s', (retryAfterMs) => {
    const error = errorForStatus(429, DOMAIN, { retryAfterMs });
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs });
  });
});

describe('redirects', () => {
  test.each([301, 302, 303, 307, 308])('%d is a wrong domain', (status) => {
    const error = errorForStatus(status, DOMAIN, { location: 'https://login.example/start' });
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(DOMAIN);
    expect(error.message).toContain('Tenant Domain');
  });

  test('name the host that they lead to, and nothing else of it', () => {
    const { message } = errorForStatus(302, DOMAIN, { location: 'https://me:pass@login.example/start?token=secret#x' });
    expect(message).toContain('redirects to login.example (302)');
    expect(message).not.toMatch(/me:pass|start|token|secret/);
  });

  test.each([undefined, '', '/login', 'https://', `https://${DOMAIN}/login`])(
    'to "%s" name no other host',
    (location) => {
      expect(errorForStatus(302, DOMAIN, { location }).message).toContain(`${DOMAIN} redirects (302)`);
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

  test('a tenant that is down, by what happened last', () => {
    const error = gaveUpError(DOMAIN, 10, new Error('Tines answered 502'));
    expect(error).toBeInstanceOf(ConnectorError);
    expect(error).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringMatching(/acme\.tines\.example:8443.*10 minutes.*502/),
    });
  });

  test('a wait too long, in whole minutes', () => {
    expect(longWaitError(20 * 60_000 + 1)).toMatchObject({
      failureType: 'transient_error',
      message: expect.stringContaining('21 minutes'),
    });
  });
});
