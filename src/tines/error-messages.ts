import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';
import { RefusedError, RetryableError, type TriesUntilFinal } from './errors';

const PERMISSION = 'In Tines, give the key the permission AUDIT_LOG_READ, or type a key that has it into API Key.';
const DOMAIN =
  'Check Tenant Domain: it must be the domain that the browser shows when you are logged into Tines, such as company.tines.com.';

/** Redirects and statuses that say no are final at first; after a success they are often a passing fault. */
const REFUSED: TriesUntilFinal = { atFirst: 1, afterSuccess: 4 };
/** JSON of another shape: a gateway's notice, for example, which can go with the next answer. */
const UNEXPECTED_JSON: TriesUntilFinal = { atFirst: 3, afterSuccess: 3 };

/** What an answer other than 200 says beside its status. */
export interface AnswerDetails {
  /** In ms. */
  readonly retryAfterMs?: number | undefined;
  /** The target of a redirect: only its host is named. */
  readonly location?: string | undefined;
}

/** The error for an answer of a status other than 200 and 429. */
export function errorForStatus(
  status: number,
  domain: string,
  details: AnswerDetails = {},
): ConfigError | RetryableError {
  if (status === 408 || status === 425 || status >= 500) {
    return new RetryableError(`Tines answered ${status}`, { retryAfterMs: details.retryAfterMs });
  }
  const error = refusal(status, domain, details.location);
  // What is said to be invalid stays so.
  return status === 400 || status === 422 ? error : refusedError(status, error);
}

/** A refusal with this status, which ends the sync with `final` if it stays so. */
export function refusedError(status: number, final: ConfigError): RefusedError {
  return new RefusedError(`Tines answered ${status}`, final, REFUSED);
}

function refusal(status: number, domain: string, location: string | undefined): ConfigError {
  if (status >= 300 && status < 400) return redirectError(status, domain, location);
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

/** For a 200 with JSON that is no page of audit logs. @param read whether pages were read from there before */
export function unexpectedJsonError(domain: string, read: boolean): RefusedError {
  const message = `${domain} answers with JSON that is not a page of audit logs.`;
  const final = read
    ? new ConnectorError(
        `${message} Pages before were: check whether a proxy or gateway in front of the tenant answers in its place. A sync goes on from its last state when Airbyte tries again.`,
        'transient_error',
      )
    : new ConfigError(`${message} ${DOMAIN}`);
  return new RefusedError('the answer is JSON, but not a page of audit logs', final, UNEXPECTED_JSON);
}

const GOES_ON = 'A sync goes on from its last state when Airbyte tries again';
const LESS_LOAD =
  'if this happens often, lower Requests per Minute or use a key of its own for this connector, because all programs with the same key and address share one limit.';

/** After the last retry. @param ms for how long nothing succeeded */
export function gaveUpError(domain: string, ms: number, cause: Error): ConnectorError {
  return new ConnectorError(
    `Tines at ${domain} could not be read for ${durationText(ms)}: ${cause.message}. Check Tenant Domain and whether the tenant is up. ${GOES_ON}.`,
    'transient_error',
    { cause },
  );
}

/** For a request that failed for very long while others succeeded. @param ms for how long */
export function requestGaveUpError(domain: string, ms: number, cause: Error): ConnectorError {
  return new ConnectorError(
    `Tines at ${domain} did not answer one request for ${durationText(ms)} (${cause.message}), however often it was sent. Ask whoever runs the tenant, or the proxy in front of it, why. ${GOES_ON}.`,
    'transient_error',
    { cause },
  );
}

/** For nothing but 429s. @param ms for how long */
export function rateLimitedTooLongError(ms: number): ConnectorError {
  return new ConnectorError(
    `Tines answered nothing but 429 (too many requests) for ${durationText(ms)}, however long the connector waited. ${GOES_ON}; ${LESS_LOAD}`,
    'transient_error',
  );
}

/** For a wait that is too long within a sync or a check. @param ms that the server asks for */
export function longWaitError(ms: number): ConnectorError {
  return new ConnectorError(
    `Tines asks to wait ${durationText(ms, Math.ceil)} before the next request. ${GOES_ON}; ${LESS_LOAD}`,
    'transient_error',
  );
}

function durationText(ms: number, round = Math.round): string {
  const seconds = round(ms / 1000);
  if (seconds < 60) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  const minutes = round(ms / 60_000);
  return minutes === 1 ? 'a minute' : `${minutes} minutes`;
}
