import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';

/** What went wrong on the way to an answer and passes by itself: retried, then reported as a transient_error. */
export class TransientError extends Error {
  /** How long the server asked to wait, in ms, where it did. */
  readonly retryAfterMs: number | undefined;
  /** True when the request ran into its deadline. */
  readonly timedOut: boolean;

  constructor(
    message: string,
    options: { readonly retryAfterMs?: number | undefined; readonly timedOut?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TransientError';
    this.retryAfterMs = options.retryAfterMs;
    this.timedOut = options.timedOut ?? false;
  }
}

/** A 429: everybody waits. `retryAfterMs` as in {@link TransientError}. */
export class RateLimitedError extends TransientError {
  constructor(retryAfterMs: number | undefined) {
    super('Tines answered 429 (too many requests)', { retryAfterMs });
    this.name = 'RateLimitedError';
  }
}

/** A page that is too large, or takes too long again and again: the reader asks for less at a time. */
export class PageTooHeavyError extends Error {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'PageTooHeavyError';
  }
}

const PERMISSION = 'In Tines, give the key the permission AUDIT_LOG_READ, or type a key that has it into API Key.';
const DOMAIN =
  'Check Tenant Domain: it must be the domain that the browser shows when you are logged into Tines, such as company.tines.com.';

/**
 * The error for an answer of a status other than 200.
 * @param location the target of a redirect, where there is one: only its host is named
 */
export function errorForStatus(
  status: number,
  domain: string,
  options: { readonly retryAfterMs?: number | undefined; readonly location?: string | undefined } = {},
): ConnectorError | TransientError {
  if (status === 429) return new RateLimitedError(options.retryAfterMs);
  if (status === 408 || status === 425 || status >= 500) {
    return new TransientError(`Tines answered ${status}`, { retryAfterMs: options.retryAfterMs });
  }
  if (status >= 300 && status < 400) return redirectError(status, domain, options.location);
  switch (status) {
    case 401:
      return new ConfigError(
        'Tines does not accept the API key (401): it is wrong, expired or revoked, or its owner was deactivated. Create a key with the permission AUDIT_LOG_READ in Tines and type it into API Key.',
      );
    case 403:
      return new ConfigError(`The API key may not read audit logs (403). ${PERMISSION}`);
    case 404:
      return wrongDomainError(domain);
    case 407:
      return new ConfigError(
        `The proxy in front of ${domain} asks for credentials (407). Put them into HTTPS_PROXY, as in http://user:password@proxy.example.com:3128, or list the domain in NO_PROXY.`,
      );
    case 400:
    case 422:
      return new ConfigError(
        `Tines at ${domain} refused the request as invalid (${status}). Check User IDs and Operation Names; if they are right, please report this.`,
      );
    default:
      return new ConfigError(`${domain} answered with the unexpected status ${status}. ${DOMAIN}`);
  }
}

/** For a 404 on the audit logs while the key works elsewhere: some accounts answer so to a key without permission. */
export function permissionMissingError(): ConfigError {
  return new ConfigError(`The API key works, but may not read audit logs (404). ${PERMISSION}`);
}

/** For a 404 everywhere: no Tines tenant answers there. */
export function wrongDomainError(domain: string): ConfigError {
  return new ConfigError(`No Tines tenant was found at ${domain} (404). ${DOMAIN}`);
}

function redirectError(status: number, domain: string, location: string | undefined): ConfigError {
  const target = location === undefined ? null : URL.parse(location, `https://${domain}`);
  const where = target === null || target.host === domain ? '' : ` to ${target.host}`;
  return new ConfigError(`${domain} redirects${where} (${status}) instead of answering as Tines' API. ${DOMAIN}`);
}

/** For a certificate that can't be verified: nothing is sent to such a host. */
export function certificateError(domain: string, code: string, cause: unknown): ConfigError {
  return new ConfigError(
    `The certificate of ${domain} can't be trusted (${code}). Check Tenant Domain; if the tenant is self-hosted with a private authority, paste that authority's certificate into CA Certificate.`,
    { cause },
  );
}

/** For an address that Airbyte's cloud must not reach. */
export function privateAddressError(domain: string): ConfigError {
  return new ConfigError(
    `${domain} is a private address, which can't be reached from Airbyte Cloud. Type the public domain of the tenant into Tenant Domain, or run Airbyte where the tenant can be reached.`,
  );
}

/** For HTTPS_PROXY or ALL_PROXY; the address is not said, because it can hold a password. */
export function proxyAddressError(): ConfigError {
  return new ConfigError(
    "The proxy's address in HTTPS_PROXY can't be read. Write it as in http://user:password@proxy.example.com:3128, with %25 for a percent sign in the password.",
  );
}

/** After the last retry. @param minutes for how long nothing succeeded, with a fraction */
export function gaveUpError(domain: string, minutes: number, cause: Error): ConnectorError {
  return new ConnectorError(
    `Tines at ${domain} could not be read for ${minutesText(minutes)}: ${cause.message}. Check Tenant Domain and whether the tenant is up. A sync goes on from its last state when Airbyte tries again.`,
    'transient_error',
    { cause },
  );
}

/** For a Retry-After that is too long to wait for within a sync. */
export function longWaitError(retryAfterMs: number): ConnectorError {
  const minutes = Math.ceil(retryAfterMs / 60_000);
  return new ConnectorError(
    `Tines asks to wait ${minutesText(minutes)} before the next request. A sync goes on from its last state when Airbyte tries again; if this happens often, lower Requests per Minute or use a key of its own for this connector.`,
    'transient_error',
  );
}

function minutesText(minutes: number): string {
  if (minutes < 1) return `${Math.round(minutes * 60)} seconds`;
  return minutes === 1 ? 'a minute' : `${Math.round(minutes)} minutes`;
}
