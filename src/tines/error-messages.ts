import { ConfigError, ConnectorError } from '@airbyte/cdk-typescript-compat';
import {
  durationText,
  ConnectionError,
  explainHttp,
  outlookText,
  ProxyError,
  RateLimitedError,
  RefusedError,
  type GivenUpError,
  type HttpFact,
  type ServiceNames,
  type StatusError,
  type TriesUntilFinal,
} from '@airbyte/cdk-typescript-compat/http';
import { TooLargeError } from './errors';

const PERMISSION = 'In Tines, give the key the permission AUDIT_LOG_READ, or type a key that has it into API Key.';
const DOMAIN =
  'Check Tenant Domain: it must be the domain that the browser shows when you are logged into Tines, such as company.tines.com.';
const LESS_LOAD =
  'if this happens often, lower Requests per Minute or use a key of its own for this connector, because all programs with the same key and address share one limit.';

/** JSON of another shape: a gateway's notice, for example, which can go with the next answer. */
const UNEXPECTED_JSON: TriesUntilFinal = { atFirst: 3, afterSuccess: 3 };

/** What a message names a tenant and the way to it by. */
export interface TenantNames {
  readonly domain: string;
  /** Whether the proxy, if there is one, is that of the settings and not of the environment. */
  readonly hasProxySetting: boolean;
  /** Whether what fails is a sync, which goes on from its last state. */
  readonly isSync: boolean;
}

/** What a user knows Tines and the settings by. */
const namesOf = ({ domain, hasProxySetting, isSync }: TenantNames): ServiceNames => ({
  service: 'Tines',
  host: domain,
  isSync,
  settings: {
    address: 'Tenant Domain',
    credentials: 'API Key',
    caCertificate: 'CA Certificate',
    ...(hasProxySetting ? { proxy: 'Proxy URL' } : {}),
  },
});

/** The sentence for a fact: Tines' own, or that of every service. @param hasAnswered whether other requests were answered */
export function explainFact(fact: HttpFact, tenant: TenantNames, hasAnswered = false): ConnectorError {
  const { domain } = tenant;
  switch (fact.kind) {
    case 'status':
      return statusError(fact, domain);
    case 'too_large':
      return new TooLargeError(fact.cause, { hasAnswered, isSync: tenant.isSync });
    case 'certificate':
      return new ConfigError(
        `The certificate of ${domain} can't be trusted (${fact.code}). Check Tenant Domain; if the tenant is self-hosted with a private authority, paste that authority's certificate, or the tenant's own, into CA Certificate.`,
        { cause: fact },
      );
    case 'private_address':
      return new ConfigError(
        `${domain} is a private address, which can't be reached from Airbyte Cloud. Type the public domain of the tenant into Tenant Domain, or run Airbyte where the tenant can be reached.`,
        { cause: fact },
      );
    case 'given_up':
      return fact.cause.cause instanceof ProxyError
        ? explainHttp(fact, namesOf(tenant))
        : new ConnectorError(givenUpText(fact, tenant), 'transient_error', { cause: fact });
    case 'unexpected_body':
    case 'token_refused':
    case 'tls':
    case 'unencrypted_url':
    case 'proxy':
    case 'debug_variable':
      return explainHttp(fact, namesOf(tenant));
  }
}

function statusError(fact: StatusError, domain: string): ConfigError {
  return new ConfigError(statusText(fact, domain), { cause: fact });
}

function statusText({ status, redirectsTo }: StatusError, domain: string): string {
  if (status >= 300 && status < 400) {
    const where = redirectsTo === undefined ? '' : ` to ${redirectsTo}`;
    return `${domain} redirects${where} (${status}) instead of answering as Tines' API. ${DOMAIN}`;
  }
  switch (status) {
    case 401:
      return 'Tines does not accept the API key (401): it is wrong, expired or revoked, or its owner was deactivated. Create a key with the permission AUDIT_LOG_READ in Tines and type it into API Key.';
    case 403:
      return `The API key may not read audit logs (403). ${PERMISSION} If it has it, the tenant's IP access control may refuse this address: allow it there.`;
    case 404:
      return `No Tines tenant was found at ${domain} (404). ${DOMAIN}`;
    case 400:
    case 422:
      return `Tines at ${domain} refused the request as invalid (${status}). Check User IDs and Operation Names; if they are right, please report this.`;
    default:
      return `${domain} answered with the unexpected status ${status}. ${DOMAIN}`;
  }
}

/** For a 404 on the audit logs while the key works elsewhere: some accounts answer so to a key without permission. */
export function permissionMissingError(): ConfigError {
  return new ConfigError(`The API key works, but may not read audit logs (404). ${PERMISSION}`);
}

/** For a 200 with JSON that is no page of audit logs. @param hasAnswered whether pages were read from there before */
export function unexpectedJsonError({ domain, isSync }: TenantNames, hasAnswered: boolean): RefusedError {
  const message = `${domain} answers with JSON that is not a page of audit logs.`;
  const final = hasAnswered
    ? new ConnectorError(
        `${message} Pages before were: check whether a proxy or gateway in front of the tenant answers in its place. ${outlookText(isSync)}.`,
        'transient_error',
      )
    : new ConfigError(`${message} ${DOMAIN}`);
  return new RefusedError('the answer is JSON, but not a page of audit logs', final, UNEXPECTED_JSON);
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

function givenUpText({ reason, ms, cause }: GivenUpError, { domain, isSync }: TenantNames): string {
  const outlook = outlookText(isSync);
  switch (reason) {
    case 'nothing_succeeded':
      return `Tines at ${domain} could not be read for ${durationText(ms)}: ${cause.message}. ${unreachableAdvice(cause)} ${outlook}.`;
    case 'deadline':
      return `Tines at ${domain} could not be read within ${durationText(ms)}: ${cause.message}. ${unreachableAdvice(cause)}`;
    case 'one_request_failed':
      return `Tines at ${domain} did not answer one request for ${durationText(ms)} (${cause.message}), however often it was sent. Ask whoever runs the tenant, or the proxy in front of it, why. ${outlook}.`;
    case 'only_rate_limited':
      return `Tines answered nothing but 429 (too many requests) for ${durationText(ms)}, however long the connector waited. ${outlook}; ${LESS_LOAD}`;
    case 'wait_too_long':
      return cause instanceof RateLimitedError
        ? `Tines asks to wait ${durationText(ms, Math.ceil)} before the next request. ${outlook}; ${LESS_LOAD}`
        : `Tines asks to wait ${durationText(ms, Math.ceil)} before the next request: ${cause.message}. It may be under maintenance; ask whoever runs the tenant. ${outlook}.`;
  }
}
