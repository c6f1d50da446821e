import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';
import {
  ConnectionError,
  durationText,
  explainHttp,
  outlookText,
  ProxyError,
  RateLimitedError,
  RefusedError,
  RetryableError,
  UnexpectedBodyError,
  type GivenUpError,
  type HttpFact,
  type ServiceNames,
  type StatusError,
  type TriesUntilFinal,
} from '@airbyte/cdk-typescript-compat/http';
import { isoSeconds } from './request';

const PERMISSION = 'In Tines, give the key the permission AUDIT_LOG_READ, or type a key that has it into API Key.';
const DOMAIN =
  'Check Tenant Domain: it must be the domain that the browser shows when you are logged into Tines, such as company.tines.com.';
const LESS_LOAD =
  'if this happens often, lower Requests per Minute or use a key of its own for this connector, because all programs with the same key and address share one limit.';

/** JSON of another shape: a gateway's notice, for example, which can go with the next answer. */
const UNEXPECTED_JSON: TriesUntilFinal = { atFirst: 3, afterSuccess: 3 };

/** The sentence for a fact: Tines' own, or that of every service. */
export function explainFact(fact: HttpFact, names: ServiceNames): ConnectorError {
  const { host, isSync, hasAnswered = false } = names;
  switch (fact.kind) {
    case 'status':
      return new ConfigError(statusText(fact, host), { cause: fact });
    case 'too_large':
      return new TooLargeError(fact.cause, { hasAnswered, isSync });
    case 'certificate':
      return new ConfigError(
        `The certificate of ${host} can't be trusted (${fact.code}). Check Tenant Domain; if the tenant is self-hosted with a private authority, paste that authority's certificate, or the tenant's own, into CA Certificate.`,
        { cause: fact },
      );
    case 'private_address':
      return new ConfigError(
        `${host} is a private address, which can't be reached from Airbyte Cloud. Type the public domain of the tenant into Tenant Domain, or run Airbyte where the tenant can be reached.`,
        { cause: fact },
      );
    case 'given_up':
      return fact.cause.cause instanceof ProxyError
        ? explainHttp(fact, names)
        : new ConnectorError(givenUpText(fact, names), 'transient_error', { cause: fact });
    case 'unexpected_body':
      return unexpectedBodyError(names);
    case 'token_refused':
    case 'tls':
    case 'unencrypted_url':
    case 'proxy':
    case 'debug_variable':
      return explainHttp(fact, names);
  }
}

function statusText({ status, details: { redirectsTo } }: StatusError, host: string): string {
  if (status >= 300 && status < 400) {
    const where = redirectsTo === undefined ? '' : ` to ${redirectsTo}`;
    return `${host} redirects${where} (${status}) instead of answering as Tines' API. ${DOMAIN}`;
  }
  switch (status) {
    case 401:
      return 'Tines does not accept the API key (401): it is wrong, expired or revoked, or its owner was deactivated. Create a key with the permission AUDIT_LOG_READ in Tines and type it into API Key.';
    case 403:
      return `The API key may not read audit logs (403). ${PERMISSION} If it has it, the tenant's IP access control may refuse this address: allow it there.`;
    case 404:
      return `No Tines tenant was found at ${host} (404). ${DOMAIN}`;
    case 400:
    case 422:
      return `Tines at ${host} refused the request as invalid (${status}). Check User IDs and Operation Names; if they are right, please report this.`;
    default:
      return `${host} answered with the unexpected status ${status}. ${DOMAIN}`;
  }
}

/** For a 404 on the audit logs while the key works elsewhere: some accounts answer so to a key without permission. */
export const permissionMissingError = (): ConfigError =>
  new ConfigError(`The API key works, but may not read audit logs (404). ${PERMISSION}`);

/** For a 200 with JSON that is no page of audit logs. */
export function unexpectedJsonError(): RefusedError {
  const fact = new UnexpectedBodyError('it sends JSON that is not a page of audit logs');
  return new RefusedError('the answer is JSON, but not a page of audit logs', fact, UNEXPECTED_JSON);
}

function unexpectedBodyError({ host, isSync, hasAnswered = false }: ServiceNames): ConnectorError {
  const message = `${host} answers with JSON that is not a page of audit logs.`;
  return hasAnswered
    ? new ConnectorError(
        `${message} Pages before were: check whether a proxy or gateway in front of the tenant answers in its place. ${outlookText(isSync)}.`,
        'transient_error',
      )
    : new ConfigError(`${message} ${DOMAIN}`);
}

/** What to look at, by the system's code of a connection that can't be made. */
function unreachableAdvice(cause: Error): string {
  switch (cause instanceof ConnectionError ? cause.code : '') {
    case 'ENOTFOUND':
      return 'No such name is known where Airbyte runs its connectors: check Tenant Domain for a typing error.';
    case 'EAI_AGAIN':
    case 'ENETDOWN':
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'The network where Airbyte runs its connectors is down, or does not lead there: check it and its name resolution.';
    case 'ECONNREFUSED':
      return 'Nothing answers on that port: check Tenant Domain and whether the tenant is up.';
    default:
      return 'Check Tenant Domain and whether the tenant is up, and whether a firewall lets connections to it through.';
  }
}

function givenUpText({ reason, ms, cause }: GivenUpError, { host, isSync }: ServiceNames): string {
  const outlook = outlookText(isSync);
  switch (reason) {
    case 'nothing_succeeded':
      return `Tines at ${host} could not be read for ${durationText(ms)}: ${cause.message}. ${unreachableAdvice(cause)} ${outlook}.`;
    case 'deadline':
      return `Tines at ${host} could not be read within ${durationText(ms)}: ${cause.message}. ${unreachableAdvice(cause)}`;
    case 'one_request_failed':
      return `Tines at ${host} did not answer one request for ${durationText(ms)} (${cause.message}), however often it was sent. Ask whoever runs the tenant, or the proxy in front of it, why. ${outlook}.`;
    case 'only_rate_limited':
      return `Tines answered nothing but 429 (too many requests) for ${durationText(ms)}, however long the connector waited. ${outlook}; ${LESS_LOAD}`;
    case 'wait_too_long':
      return cause instanceof RateLimitedError
        ? `Tines asks to wait ${durationText(ms, Math.ceil)} before the next request. ${outlook}; ${LESS_LOAD}`
        : `Tines asks to wait ${durationText(ms, Math.ceil)} before the next request: ${cause.message}. It may be under maintenance; ask whoever runs the tenant. ${outlook}.`;
  }
}

/** A request that Tines, or something in front of it, does not answer. The message is for one that is the smallest. */
export class TooLargeError extends ConnectorError {
  /** Whether other requests were answered. */
  readonly hasAnswered: boolean;
  /** Whether the response itself was too large, or said so: no outage can be the cause. */
  readonly isCertain: boolean;

  /** @param cause what the request met @param context whether others were answered, and whether a sync has sent it */
  constructor(cause: Error, { hasAnswered, isSync }: { readonly hasAnswered: boolean; readonly isSync: boolean }) {
    super(
      `Tines can't answer one request (${cause.message})${hasAnswered ? ', although it answers others' : ''}. Ask whoever runs the tenant, or the proxy in front of it, for its limits of time and size. ${outlookText(isSync)}.`,
      'transient_error',
      { cause },
    );
    this.name = 'TooLargeError';
    this.hasAnswered = hasAnswered;
    this.isCertain = !(cause instanceof RetryableError);
  }
}

/** A page beyond the first that is refused: it lies after the last one, too deep, or has something disliked on it. */
export class PageRefusedError extends Error {
  constructor(readonly status: number) {
    super(`Tines answered ${status} to a page number`);
    this.name = 'PageRefusedError';
  }
}

/** A second with a row that the server can't give, even alone. */
export class UnreadableSecondError extends ConnectorError {
  /** @param second epoch s */
  constructor(
    readonly second: number,
    cause: Error,
  ) {
    const reason = cause.cause instanceof Error ? ` (${cause.cause.message})` : '';
    super(
      `Tines can't give an entry of the second ${isoSeconds(second)}, or of the one next to it${reason}: it fails, is refused or is too large, even when it is asked for alone, while other requests are answered. Everything older was delivered. ${remedyAfter(second)}; tell Tines' support, or whoever runs what is in front of the tenant, about the entry.`,
      'transient_error',
      { cause },
    );
    this.name = 'UnreadableSecondError';
  }
}

/** For a second with more entries than are buffered. @param second epoch s */
export function secondTooLargeError(second: number): ConnectorError {
  return new ConnectorError(
    `The second ${isoSeconds(second)} has more entries than this connector can buffer, or Tines returns ever new pages for it. Everything older was delivered. ${remedyAfter(second)}; please report this with the log.`,
    'system_error',
  );
}

/** A range from the next second on is asked for a second wider, and returns the entry again. */
const remedyAfter = (second: number): string =>
  `To go on without what is left of that second and the next, set the state of audit_logs in Airbyte to {"timestamp": "${isoSeconds(second + 2)}"}`;

/** For a server that counts entries, and doesn't return them however often it is asked. @param from epoch s */
export function fewerReturnedError(from: number): ConnectorError {
  return new ConnectorError(
    `Tines returns far fewer entries from ${isoSeconds(from)} on than it counted when the sync began. Everything older was delivered. A sync goes on from its last state when Airbyte tries again; if this stays so, ask Tines' support, or whoever runs the tenant, whether a part of its log store is down.`,
    'transient_error',
  );
}
