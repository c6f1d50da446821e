import { ConfigError, ConnectorError, isError } from '../src/errors';
import { BodyTooLargeError } from './buffer-pool';
import {
  RateLimitedError,
  RefusedError,
  StatusError,
  type RetryableError,
  ProxyError,
  type GivenUpError,
  type HttpFact,
  type ProxyFault,
  type RequestTooLargeError,
} from './errors';

/** What a user knows a service and the settings by. */
export interface ServiceNames {
  /** Such as `GitHub`. */
  readonly service: string;
  /** The host that the user has configured, with its port. */
  readonly host: string;
  /** Whether what fails is a sync, which goes on from its last state. */
  readonly isSync: boolean;
  /** Whether other requests were answered; no unless given. */
  readonly hasAnswered?: boolean;
  /** The titles of the settings. */
  readonly settings: {
    readonly address: string;
    readonly credentials?: string;
    readonly caCertificate?: string;
    readonly proxy?: string;
    readonly requestsPerMinute?: string;
  };
}

/** A source's own sentences for facts: undefined leaves one to {@link explainHttp}. */
export type Explain = (fact: HttpFact, names: ServiceNames) => ConnectorError | undefined;

/** What follows after a transient_error, as the end of a message: a check has no state to go on from. */
export function outlookText(isSync: boolean): string {
  return isSync ? 'A sync goes on from its last state when Airbyte tries again' : 'Try again later';
}

/** The sentence for a fact, with what to do. */
export function explainHttp(fact: HttpFact, names: ServiceNames): ConnectorError {
  if (fact.kind === 'status') return statusError(fact, names);
  if (fact.kind === 'too_large') return tooLargeError(fact, names);
  if (fact.kind !== 'given_up') return new ConfigError(textOf(fact, names), { cause: fact });
  return new ConnectorError(givenUpText(fact, names), 'transient_error', causedBy(fact));
}

/** What a {@link ConnectorError} says of its cause to the authors: request and response, where a status has caused it. */
export function causedBy(cause: Error): { readonly cause: Error; readonly internalMessage: string } {
  const status = statusIn(cause);
  if (status === undefined) return { cause, internalMessage: cause.message };
  const { request = 'a request', excerpt } = status.details;
  const said = excerpt === undefined ? '' : `: ${excerpt === '' ? 'no body' : excerpt}`;
  return { cause, internalMessage: `${request} was answered ${status.status}${said}` };
}

/** The status that an error is about, or was caused by. */
export function statusIn(error: unknown): StatusError | undefined {
  if (error instanceof StatusError) return error;
  if (error instanceof RefusedError) return statusIn(error.final);
  return isError(error) ? statusIn(error.cause) : undefined;
}

type SettingsFact = Exclude<HttpFact, { readonly kind: 'status' | 'too_large' | 'given_up' }>;

function textOf(fact: SettingsFact, names: ServiceNames): string {
  const { service, host, settings } = names;
  const { credentials = 'the credentials', caCertificate } = settings;
  switch (fact.kind) {
    case 'unexpected_body':
      return `${host} does not answer as ${service} does: ${fact.message}. Check ${settings.address}, and whether a proxy or gateway answers in its place.`;
    case 'token_refused':
      return `${service} gives no access (${fact.code ?? fact.status}): the credentials are wrong, expired or revoked. Check ${credentials}, or authorize this source anew.`;
    case 'certificate': {
      const own = `; if ${service} is run with a private authority, paste that authority's certificate into ${caCertificate}`;
      return `The certificate of ${host} can't be trusted (${fact.code}). Check ${settings.address}${caCertificate === undefined ? '' : own}.`;
    }
    case 'tls':
      return `No encrypted connection to ${host} can be made (${fact.code}): it offers only an old or weak version of TLS, asks for a client's certificate, or speaks something else than TLS on that port. Check ${settings.address}; the server has to offer TLS 1.2 or 1.3.`;
    case 'unencrypted_url':
      return `The address of ${fact.host} begins with http://: what is sent there, credentials included, would not be encrypted, so nothing was sent. Check ${settings.address}; it must begin with https://.`;
    case 'private_address':
      return `${host} is a private address, which can't be reached from Airbyte Cloud. Type a public one into ${settings.address}, or run Airbyte where ${service} can be reached.`;
    case 'proxy':
      return proxyText(fact.fault, names);
    case 'debug_variable':
      return `The environment variable ${fact.variable} makes Node print requests with their credentials, so nothing was sent. Remove it from the environment and try again.`;
  }
}

function tooLargeError(fact: RequestTooLargeError, { service, isSync }: ServiceNames): ConnectorError {
  const { cause } = fact;
  if (!(cause instanceof BodyTooLargeError)) {
    const text = `${service} can't answer one request (${cause.message}). Ask whoever runs it, or the proxy in front of it, for its limits of time and size. ${outlookText(isSync)}.`;
    return new ConnectorError(text, 'transient_error', causedBy(fact));
  }
  const text = `A response of ${service} is larger than the ${mebibytes(cause.most)} that this source takes. Please report this to the authors of this source.`;
  const internalMessage = `a body of more than ${cause.most} bytes: raise maxBodyBytes of the client or of the request, request less at a time, or read it by rows`;
  return new ConnectorError(text, 'system_error', { cause: fact, internalMessage });
}

const MIB = 1024 * 1024;
const mebibytes = (bytes: number): string =>
  bytes < MIB ? `${bytes} bytes` : `${Math.round((bytes / MIB) * 10) / 10} MiB`;

function statusError(fact: StatusError, names: ServiceNames): ConnectorError {
  const { service, hasAnswered = false } = names;
  const { status } = fact;
  const report = 'Please report this to the authors of this source, with the log.';
  if (AUTHORS_STATUSES.includes(status)) {
    const text = `${service} refused a request of this source as wrong (${status}). ${report}`;
    return new ConnectorError(text, 'system_error', causedBy(fact));
  }
  if (hasAnswered && status >= 400 && ![401, 403, 404].includes(status)) {
    const text = `${service} answered a request of this source with the unexpected status ${status}, though it answers others. ${report}`;
    return new ConnectorError(text, 'system_error', causedBy(fact));
  }
  return new ConfigError(statusText(fact, names), causedBy(fact));
}

/** What a request is answered that the source has put together wrongly. */
const AUTHORS_STATUSES = [400, 405, 409, 415, 422];

function statusText({ status, details }: StatusError, names: ServiceNames): string {
  const { service, host, settings, hasAnswered = false } = names;
  const credentials = settings.credentials ?? 'the credentials';
  if (status >= 300 && status < 400) {
    const where = details.redirectsTo === undefined ? '' : ` to ${details.redirectsTo}`;
    return `${host} redirects${where} (${status}) instead of answering as ${service}. Check ${settings.address}.`;
  }
  switch (status) {
    case 401:
      return `${service} does not accept the credentials (401): they are wrong, expired or revoked. Check ${credentials}.`;
    case 403:
      return `${service} does not allow this request (403). Give the credentials the permission to read it, or type others into ${credentials}.`;
    case 404:
      return hasAnswered
        ? `${service} has not found what one request asks for (404), though it answers others. Check whether it was deleted, and whether these credentials may see it; if neither is so, report this to the authors of this source, with the log.`
        : `${service} was not found at ${host} (404). Check ${settings.address}.`;
    default:
      return `${host} answered with the unexpected status ${status}. Check ${settings.address}.`;
  }
}

function proxyText(fault: ProxyFault, { host, settings }: ServiceNames): string {
  const setting = settings.proxy ?? 'HTTPS_PROXY';
  const exempt = settings.proxy === undefined ? ', or list the domain in NO_PROXY' : '';
  switch (fault.type) {
    case 'address':
      return `The proxy's address in ${setting} can't be read. Write it as in http://user:password@proxy.example.com:3128, with %25 for a percent sign in the password.`;
    case 'private_address':
      return `The proxy in ${setting} has a private address, which can't be reached from Airbyte Cloud; nothing was sent. Type the public address of a proxy, or run Airbyte where this one can be reached.`;
    case 'status':
      return fault.status === 407
        ? `The proxy in front of ${host} asks for credentials (407). Put them into ${setting}, as in http://user:password@proxy.example.com:3128${exempt}.`
        : `The proxy in front of ${host} does not open a connection to it (${fault.status}); nothing was sent. Ask whoever runs the proxy to allow ${host}, or check its address in ${setting}${exempt}.`;
    case 'connection':
    case 'certificate':
      return `The proxy in front of ${host} can't be spoken to (${fault.code}); nothing was sent. Check its address in ${setting}${exempt}.`;
  }
}

function givenUpText({ reason, ms, cause }: GivenUpError, names: ServiceNames): string {
  const { service, host, settings, isSync } = names;
  const whoever = cause.cause instanceof ProxyError ? `The proxy in front of ${host}` : service;
  switch (reason) {
    case 'nothing_succeeded':
      return `${unreachableText(`for ${durationText(ms)}`, cause, names)} ${outlookText(isSync)}.`;
    case 'deadline':
      return unreachableText(`within ${durationText(ms)}`, cause, names);
    case 'one_request_failed':
      return `${service} at ${host} did not answer one request for ${durationText(ms)} (${cause.message}), however often it was sent. Ask whoever runs it, or the proxy in front of it, why. ${outlookText(isSync)}.`;
    case 'only_rate_limited':
      return `${service} answered nothing but 429 (too many requests) for ${durationText(ms)}, however long the connector waited. ${outlookText(isSync)}; ${fewerRequests(settings)}`;
    case 'wait_too_long':
      return cause instanceof RateLimitedError
        ? `${service} asks to wait ${durationText(ms, Math.ceil)} before the next request. ${outlookText(isSync)}; ${fewerRequests(settings)}`
        : `${whoever} asks to wait ${durationText(ms, Math.ceil)} before the next request: ${cause.message}. Check whether it is up, or under maintenance. ${outlookText(isSync)}.`;
  }
}

function unreachableText(time: string, cause: RetryableError, { service, host, settings }: ServiceNames): string {
  return cause.cause instanceof ProxyError
    ? `${service} at ${host} could not be reached ${time}: ${cause.message}. Check whether the proxy is up and lets connections to ${host} through.`
    : `${service} at ${host} could not be read ${time}: ${cause.message}. Check ${settings.address} and whether it is up.`;
}

const fewerRequests = ({ requestsPerMinute }: ServiceNames['settings']): string =>
  `if this happens often, ${requestsPerMinute === undefined ? 'make fewer requests' : `lower ${requestsPerMinute}`}.`;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A duration in ms in words: `15 seconds`, `a minute`, `3 hours`, `more than a year`. @param round to whole units */
export function durationText(ms: number, round = Math.round): string {
  if (ms > 365 * DAY_MS) return 'more than a year';
  const seconds = round(ms / 1000);
  if (seconds < 60) return seconds === 1 ? 'a second' : `${seconds} seconds`;
  const minutes = round(ms / MINUTE_MS);
  if (minutes <= 120) return minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const hours = round(ms / HOUR_MS);
  return hours <= 48 ? `${hours} hours` : `${round(ms / DAY_MS)} days`;
}
