import { X509Certificate } from 'node:crypto';
import { ConfigError, ConfigSchema, isDate, type JsonObject } from '@airbyte/cdk-typescript-compat';
import { readProxyUrl } from '@airbyte/cdk-typescript-compat/http';
import spec from '../schemas/spec.json';
import { isSourceConfig } from './generated/validators';

/** The user's settings, validated and with defaults. */
export type Config = Readonly<ReturnType<typeof parseConfig>>;

/** What each setting must be and what to type; follows its title in a message. */
const RULES = {
  tenant_domain:
    'must be a valid domain. Type it as the browser shows it, such as company.tines.com: no https://, no path, no blanks.',
  api_key: 'must be a Tines API key. Paste the key alone, without blanks, line breaks or the word Bearer.',
  backfill_start_time:
    'must be a date and time in the past with a time zone. Type it like 2025-01-31T00:00:00Z, or leave the field out.',
  user_ids: 'must be a list of texts. Type each user id as an item of its own, such as "7642".',
  operation_names: 'must be a list of texts. Type each name as an item of its own, such as "Login".',
  excluded_operations:
    'must be a list of texts, none of which is in Operation Names. Type each name as an item of its own, such as "Login".',
  lookback_window_minutes: 'must be a whole number from 1 to 10080. Type for example 10.',
  num_workers: 'must be a whole number from 1 to 32. Type for example 10.',
  requests_per_minute: 'must be a whole number from 1 to 100000. Type for example 950.',
  ca_certificate:
    'must be a certificate as PEM text. Paste it whole, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, with its line breaks.',
  proxy_url:
    'must be the address of a proxy. Type it like http://proxy.example.com:3128, or http://user:password@proxy.example.com:3128 with %25 for a percent sign, %40 for an @ and %2F for a slash in the password.',
};

const SETTINGS = new ConfigSchema(spec.connectionSpecification, isSourceConfig, RULES);

const refusal = (key: keyof typeof RULES, cause?: unknown): ConfigError => SETTINGS.refusal(key, cause);

/** How far ahead of this machine's clock a start time may lie: the clock may be wrong. In ms. */
const FUTURE_GRACE_MS = 60 * 60 * 1000;

/**
 * Validates the user's JSON against the spec, and beyond it what a schema can't say. @param now epoch ms
 * @throws ConfigError that names the field by its title and says what to type; never a value, which may be a secret
 */
export function parseConfig(json: JsonObject, now: number) {
  const settings = SETTINGS.parse(json);
  const { backfill_start_time: start, ca_certificate: certificate, proxy_url: proxy } = settings;
  const url = tenantUrl(settings.tenant_domain);
  const operationNames = namesIn(settings.operation_names);
  const excludedOperations = namesIn(settings.excluded_operations);
  if (excludedOperations.some((name) => operationNames.includes(name))) throw refusal('excluded_operations');
  return {
    /** Host, with a port where it isn't 443, as a URL spells it. */
    domain: url.host,
    /** Whether that is another name than the one that was typed: one in Unicode has an ASCII form. */
    isDomainTranslated: !isAscii(settings.tenant_domain),
    /** First label of the domain. */
    tenant: url.hostname.split('.')[0] ?? url.hostname,
    apiKey: settings.api_key,
    /** Epoch ms. */
    backfillStart: start === undefined ? undefined : startTime(start, now),
    userIds: namesIn(settings.user_ids),
    operationNames,
    /** None of them is in `operationNames`. */
    excludedOperations,
    lookbackMinutes: settings.lookback_window_minutes,
    workers: settings.num_workers,
    requestsPerMinute: settings.requests_per_minute,
    /** PEM. */
    caCertificate: certificate === undefined ? undefined : certificates(certificate),
    /** With credentials where the proxy wants some. */
    proxyUrl: proxy === undefined ? undefined : proxyAddress(proxy),
  };
}

const namesIn = (names: readonly string[] = []): readonly string[] => names;

/** What makes a text look like another host than it is: escapes, what can't be seen, and dots that are none. */
const MISLEADING = /[%\p{C}\p{Default_Ignorable_Code_Point}\u3002\uFF0E\uFF61]/u;
const HOST = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;
const ADDRESS = /^\d+(\.\d+){3}$/;

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

function tenantUrl(domain: string): URL {
  const url = MISLEADING.test(domain) ? null : URL.parse(`https://${domain}/`);
  if (url === null || url.pathname !== '/' || url.username !== '' || url.port === '0') throw refusal('tenant_domain');
  if (!HOST.test(url.hostname)) throw refusal('tenant_domain');
  // A URL takes 0177.1 and 1.2 for addresses, too.
  if (ADDRESS.test(url.hostname) && url.hostname !== domain.split(':')[0]) throw refusal('tenant_domain');
  return url;
}

function startTime(text: string, now: number): number {
  const ms = Date.parse(text);
  // Date.parse rolls the 30th of February over into March.
  if (Number.isNaN(ms) || !isDate(text.slice(0, 10)) || ms > now + FUTURE_GRACE_MS)
    throw refusal('backfill_start_time');
  return ms;
}

const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** One certificate or several, each of which can be read. */
function certificates(pem: string): string {
  if (PRIVATE_KEY.test(pem)) {
    throw new ConfigError(
      'CA Certificate holds a private key. Paste the certificate alone, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, and replace that key where it is in use: it was typed into a form.',
    );
  }
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0 || pem.replace(CERTIFICATE, '').includes('-----')) throw refusal('ca_certificate');
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (error) {
    throw refusal('ca_certificate', error);
  }
  return pem;
}

function proxyAddress(address: string): string {
  const url = readProxyUrl(address)?.url;
  if (url?.pathname !== '/') throw refusal('proxy_url');
  return url.href;
}
