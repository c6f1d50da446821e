import { describe, expect, test } from '@jest/globals';
import { RefusedError, RetryableError, RequestTooLargeError, StatusError, errorForStatus } from './errors';

const DETAILS = { service: 'The service', baseUrl: 'https://service.example:8443/api' };
const errorFor = (status: number, location?: string): Error => errorForStatus(status, { ...DETAILS, location });

/** The fact that a redirect ends with. */
function redirect(location: string | undefined): StatusError {
  const error = errorFor(302, location);
  if (error instanceof RefusedError && error.final instanceof StatusError) return error.final;
  throw new Error('no refusal', { cause: error });
}

describe('a status that passes', () => {
  test.each([408, 425, 500, 502, 503, 504, 520, 599])('%d is retryable', (status) => {
    const error = errorFor(status);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).not.toBeInstanceOf(RefusedError);
    expect(error.message).toBe(`The service answered ${status}`);
  });

  test('keeps the wait that the server asks for', () => {
    expect(errorForStatus(503, { ...DETAILS, retryAfterMs: 5000 })).toMatchObject({ retryAfterMs: 5000 });
  });
});

describe('a status that stays', () => {
  test.each([400, 422, 401, 403, 404, 302, 405, 407, 204])(
    '%d is final at first, and after four in a row later',
    (status) => {
      const error = errorFor(status);
      expect(error).toBeInstanceOf(RefusedError);
      expect(error).toMatchObject({
        message: `The service answered ${status}`,
        final: { kind: 'status', status },
        tries: { atFirst: 1, afterSuccess: 4 },
      });
    },
  );
});

test('413 is a request that is too large', () => {
  expect(errorFor(413)).toBeInstanceOf(RequestTooLargeError);
});

describe('a redirect', () => {
  test('names the host that it leads to, and nothing else of it', () => {
    expect(redirect('https://me:pass@login.example/start?token=secret#x').details.redirectsTo).toBe('login.example');
  });

  test('names no host that is longer than any can be', () => {
    expect(redirect(`https://${'a'.repeat(300)}.example/`).details.redirectsTo).toBeUndefined();
  });

  test.each([undefined, '', '/login', 'https://', 'https://service.example:8443/login', 'mailto:somebody'])(
    'to "%s" names no other host',
    (location) => {
      expect(redirect(location).details.redirectsTo).toBeUndefined();
    },
  );
});
