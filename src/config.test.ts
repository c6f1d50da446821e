import { beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError, type JsonObject } from '@airbyte/cdk-typescript-compat';
import { generate } from 'selfsigned';
import spec from '../schemas/spec.json';
import { parseConfig, type Config } from './config';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const HOUR = 3_600_000;
const VALID = { tenant_domain: 'acme.tines.com', api_key: '-Bxk8Zq3dWYc6kvRTyLN' };

const parse = (settings: JsonObject = {}): Config => parseConfig({ ...VALID, ...settings }, NOW);
const iso = (ms: number): string => new Date(ms).toISOString();

function refusal(settings: JsonObject): ConfigError {
  try {
    parseConfig(settings, NOW);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const refusalOf = (field: string, value: unknown): ConfigError => refusal({ ...VALID, [field]: value });

let certificate = '';
let privateKey = '';

beforeAll(async () => {
  const pems = await generate([{ name: 'commonName', value: 'ca.example' }], { keyType: 'ec' });
  certificate = pems.cert;
  privateKey = pems.private;
});

describe('a configuration of only the required settings', () => {
  test('has the defaults of the spec', () => {
    expect(parse()).toEqual({
      domain: 'acme.tines.com',
      isDomainTranslated: false,
      tenant: 'acme',
      apiKey: VALID.api_key,
      backfillStart: undefined,
      userIds: [],
      operationNames: [],
      excludedOperations: [],
      lookbackMinutes: spec.connectionSpecification.properties.lookback_window_minutes.default,
      workers: spec.connectionSpecification.properties.num_workers.default,
      requestsPerMinute: spec.connectionSpecification.properties.requests_per_minute.default,
      caCertificate: undefined,
      proxyUrl: undefined,
    });
  });

  test('may carry keys that the spec does not know', () => {
    expect(parse({ added_later: { deeply: ['nested'] } })).toEqual(parse());
  });
});

describe('what is accepted', () => {
  test.each([
    ['a port', 'tines.example.com:8443', 'tines.example.com:8443'],
    ['the usual port, which a URL leaves out', 'tines.example.com:443', 'tines.example.com'],
    ['capitals, which a URL makes small', 'Acme.Tines.COM', 'acme.tines.com'],
    ['a domain of several labels', 'tines.security.example.co.uk', 'tines.security.example.co.uk'],
    ['an address', '10.1.2.3:8443', '10.1.2.3:8443'],
    ['a domain in Unicode, as its ASCII form', 'bücher.example', 'xn--bcher-kva.example'],
  ])('Tenant Domain with %s', (_, typed, domain) => {
    expect(parse({ tenant_domain: typed }).domain).toBe(domain);
  });

  test.each([
    ['in Unicode', 'bücher.example', true],
    ['with a letter of another script', 'c\u043Empany.tines.com', true],
    ['in letters of full width', '\uFF54ines.example.com', true],
    ['in ASCII', 'Acme.Tines.COM:443', false],
    ['in its ASCII form', 'xn--bcher-kva.example', false],
  ])('Tenant Domain %s is known to be another name than the one typed: %s, %s', (_, typed, isTranslated) => {
    expect(parse({ tenant_domain: typed }).isDomainTranslated).toBe(isTranslated);
  });

  test('the tenant is the first label of the domain, without the port', () => {
    expect(parse({ tenant_domain: 'quiet-snow-1234.tines.io:8443' }).tenant).toBe('quiet-snow-1234');
  });

  test.each([
    ['UTC', '2025-01-31T00:00:00Z', '2025-01-31T00:00:00.000Z'],
    ['an offset', '2025-01-31T09:30:00+01:00', '2025-01-31T08:30:00.000Z'],
    ['a fraction', '2025-01-31T00:00:00.25Z', '2025-01-31T00:00:00.250Z'],
    ['a leap day', '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('Backfill Start Time with %s', (_, typed, meant) => {
    expect(parse({ backfill_start_time: typed }).backfillStart).toBe(Date.parse(meant));
  });

  test('Backfill Start Time up to an hour ahead: this clock may be wrong', () => {
    expect(parse({ backfill_start_time: iso(NOW + HOUR) }).backfillStart).toBe(NOW + HOUR);
  });

  test('lists of texts', () => {
    const typed = { user_ids: ['7642', '7650'], operation_names: ['Login'], excluded_operations: ['ActionRun'] };
    const { userIds, operationNames, excludedOperations } = parse(typed);
    expect([userIds, operationNames, excludedOperations]).toEqual([['7642', '7650'], ['Login'], ['ActionRun']]);
  });

  test('empty lists', () => {
    expect(parse({ user_ids: [], operation_names: [], excluded_operations: [] })).toEqual(parse());
  });

  test.each([
    ['lookback_window_minutes', 'lookbackMinutes', [1, 10_080]],
    ['num_workers', 'workers', [1, 32]],
    ['requests_per_minute', 'requestsPerMinute', [1, 100_000]],
  ] as const)('%s at both ends of its range', (field, key, values) => {
    expect(values.map((value) => parse({ [field]: value })[key])).toEqual(values);
  });

  test('a certificate as PEM text', () => {
    expect(parse({ ca_certificate: certificate }).caCertificate).toBe(certificate);
  });

  test('several certificates one after the other', () => {
    const bundle = `${certificate}\n${certificate}`;
    expect(parse({ ca_certificate: bundle }).caCertificate).toBe(bundle);
  });

  test.each([
    ['a port', 'http://proxy.example.com:3128', 'http://proxy.example.com:3128/'],
    ['TLS', 'https://proxy.example.com', 'https://proxy.example.com/'],
    ['a private address', 'http://10.1.2.3:8080/', 'http://10.1.2.3:8080/'],
    ['credentials', 'http://user:p%40ss%25@proxy.example.com:3128', 'http://user:p%40ss%25@proxy.example.com:3128/'],
  ])('Proxy URL with %s', (_, typed, url) => {
    expect(parse({ proxy_url: typed }).proxyUrl).toBe(url);
  });
});

const REFUSED: readonly (readonly [title: string, field: string, rule: string, values: Record<string, unknown>])[] = [
  [
    'Tenant Domain',
    'tenant_domain',
    'company.tines.com',
    {
      'a scheme': 'https://secretive.tines.com',
      'a path': 'secretive.tines.com/stories',
      'a slash at the end': 'secretive.tines.com/',
      'user info': 'somebody@secretive.tines.com',
      'user info with a password': 'somebody:pass@secretive.tines.com',
      'a blank inside': 'secretive tines.com',
      'a blank before': ' secretive.tines.com',
      'a line break after': 'secretive.tines.com\n',
      'no dot': 'secretive',
      'a port that does not exist': 'secretive.tines.com:99999',
      'a port that is no number': 'secretive.tines.com:https',
      'an empty port': 'secretive.tines.com:',
      'a dot at the end': 'secretive.tines.com.',
      'a dot at the beginning': '.secretive.com',
      'an empty label': 'secretive..tines.com',
      'a query': 'secretive.tines.com?x=1',
      'a fragment': 'secretive.tines.com#x',
      'a backslash': 'secretive.tines.com\\x',
      'an escaped slash': 'secretive.tines.com%2fx',
      'characters no host has': 'secretive.<tines>.com',
      'an address that does not exist': '256.256.256.256',
      'an address of IP version 6': '[2001:db8::1]',
      'nothing but dots': '....',
      'an escaped dot that leaves a label empty': '%2e.secretive',
      'two dots, one of them escaped': 'secretive%2e%2etines.com',
      'an escaped dot at the end': 'secretive.%2e',
      'an escaped dot': 'secretive.tines%2ecom',
      'an escaped letter': 'secretiv%65.tines.com',
      'a soft hyphen': 'secret\u00ADive.tines.com',
      'a blank of no width': 'secretive.tines\u200B.com',
      'a joiner of no width': 'secretive.tines\u200D.com',
      'a mark of another direction': 'secretive.\u202Etines.com',
      'a byte order mark': 'secretive.tines.com\uFEFF',
      'an ideographic dot': 'secretive\u3002tines.com',
      'a dot of full width': 'secretive\uFF0Etines.com',
      'an ideographic dot of half width': 'secretive\uFF61tines.com',
      'an address in octal': '0177.0.0.1',
      'an address in hexadecimal': '0x7f.0.0.1',
      'an address of two numbers': '1.2',
      'an address of three numbers': '192.168.257',
      'an address with a zero in front': '10.1.2.03',
      'an address in digits of full width': '\uFF11\uFF10.1.2.3',
      'a star': '*.tines.com',
      'a semicolon': 'secretive;.tines.com',
      'a dollar and brackets': '$(secretive).tines.com',
      'an ampersand': 'secretive&.tines.com',
      'port 0': 'secretive.tines.com:0',
      'no text': 1_234_567,
      'an empty text': '',
      'too much text': `${'secretive.'.repeat(40)}tines.com`,
      'a list': ['secretive.tines.com'],
    },
  ],
  [
    'API Key',
    'api_key',
    'Paste the key alone',
    {
      'a blank inside': 'topsecret topsecret',
      'the word Bearer': 'Bearer topsecret',
      'a line break after': 'topsecret\n',
      'a tab': 'top\tsecret',
      'letters beyond ASCII': 'topsecrét-key',
      'a control character': 'topsecret\u0000',
      'an empty text': '',
      'no text': 1_234_567,
    },
  ],
  [
    'Backfill Start Time',
    'backfill_start_time',
    '2025-01-31T00:00:00Z',
    {
      'no zone': '2025-03-15T00:00:00',
      'no time': '2025-03-15',
      'a blank for the T': '2025-03-15 00:00:00Z',
      'a 30th of February': '2025-02-30T00:00:00Z',
      'a 29th of February in a common year': '2025-02-29T00:00:00Z',
      'a 31st of April': '2025-04-31T12:00:00+02:00',
      'a thirteenth month': '2025-13-01T00:00:00Z',
      'a 25th hour': '2025-03-15T24:00:00Z',
      'a 61st minute': '2025-03-15T00:60:00Z',
      'a leap second': '2016-12-31T23:59:60Z',
      'an offset of 25 hours': '2025-03-15T00:00:00+25:00',
      'a time more than an hour ahead': iso(NOW + HOUR + 1),
      words: 'the day before yesterday',
      'an empty text': '',
      'a number': 1_741_996_800,
    },
  ],
  [
    'User IDs',
    'user_ids',
    'as an item of its own',
    {
      'a text': '764200, 765000',
      numbers: [764_200],
      'an empty item': [''],
      'a null': [null],
      'an object': { id: '764200' },
    },
  ],
  [
    'Operation Names',
    'operation_names',
    'as an item of its own',
    { 'a text': 'SecretLogin', numbers: [764_200], 'an empty item': [''], 'a list in the list': [['SecretLogin']] },
  ],
  [
    'Excluded Operations',
    'excluded_operations',
    'none of which is in Operation Names. Type each name as an item of its own',
    { 'a text': 'SecretLogin', numbers: [764_200], 'an empty item': [''], 'a list in the list': [['SecretLogin']] },
  ],
  [
    'Lookback Window (Minutes)',
    'lookback_window_minutes',
    'from 1 to 10080',
    { zero: 0, 'too much': 10_081, 'less than nothing': -10, 'a fraction': 1.5, 'a text': '10', 'a list': [10] },
  ],
  [
    'Number of Workers',
    'num_workers',
    'from 1 to 32',
    { zero: 0, 'too much': 33, 'a fraction': 2.5, 'a text': '10', true: true },
  ],
  [
    'Requests per Minute',
    'requests_per_minute',
    'from 1 to 100000',
    { zero: 0, 'too much': 100_001, 'a fraction': 0.5, 'a text': '950' },
  ],
  [
    'CA Certificate',
    'ca_certificate',
    '-----BEGIN CERTIFICATE-----',
    {
      'no PEM': 'this is not a certificate',
      'a path': '/etc/ssl/private-ca.pem',
      'nothing inside': '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----',
      'garbage inside': '-----BEGIN CERTIFICATE-----\nQUJDREVGR0g=\n-----END CERTIFICATE-----\n',
      'an empty text': '',
      'a number': 1_234_567,
    },
  ],
  [
    'Proxy URL',
    'proxy_url',
    'http://proxy.example.com:3128',
    {
      'no scheme': 'secretive.example.com:3128',
      'another scheme': 'socks5://secretive.example.com:1080',
      'a path': 'http://secretive.example.com:3128/path',
      'a query': 'http://secretive.example.com:3128?x=1',
      'a blank': 'http://secretive.example.com :3128',
      'a port that does not exist': 'http://secretive.example.com:99999',
      'no host': 'http://:3128',
      'a bare percent sign in the password': 'http://user:secretive%zz@proxy.example.com',
      'an empty text': '',
      'a number': 1_234_567,
    },
  ],
];

describe.each(REFUSED)('%s is refused', (title, field, rule, values) => {
  test.each(Object.entries(values))('with %s: the message begins with its title and says what to type', (_, value) => {
    const { message } = refusalOf(field, value);
    expect(message.startsWith(`${title} `)).toBe(true);
    expect(message).toContain(rule);
  });
});

/** Shorter ones may stand in a message by chance. */
const RECOGNIZABLE = REFUSED.flatMap(([title, field, , values]) =>
  Object.entries(values)
    .filter(([, value]) => JSON.stringify(value).length > 7)
    .map(([description, value]) => [title, description, field, value] as const),
);

test.each(RECOGNIZABLE)('nothing of the error repeats the value: %s with %s', (_title, _description, field, value) => {
  const error = refusalOf(field, value);
  const texts = [error.message, error.internalMessage ?? '', error.stack ?? ''].join('\n');
  expect(texts).not.toContain(JSON.stringify(value).replace(/^[[{"]+|[\]}"]+$/g, ''));
  expect(texts).not.toContain(String(value));
});

describe('what else is refused', () => {
  test('a domain without a dot, in the sentence that users know', () => {
    expect(refusalOf('tenant_domain', 'acme').message).toMatch(/^Tenant Domain must be a valid domain\b/);
  });

  test('an operation that is both wanted and excluded, without its name: it may be a secret in the wrong field', () => {
    const operations = ['Login', 'ActionRun'];
    const { message } = refusal({ ...VALID, operation_names: operations, excluded_operations: ['Rest', 'ActionRun'] });
    expect(message).toMatch(/^Excluded Operations must be .*, none of which is in Operation Names\./);
    expect(message).not.toContain('ActionRun');
  });

  test.each([
    ['tenant_domain', 'Tenant Domain is missing'],
    ['api_key', 'API Key is missing'],
  ])('a missing %s', (field, beginning) => {
    const rest = Object.fromEntries(Object.entries(VALID).filter(([key]) => key !== field));
    expect(refusal(rest).message.startsWith(beginning)).toBe(true);
  });

  test('a certificate that is cut off', () => {
    const { message } = refusalOf('ca_certificate', certificate.slice(0, certificate.length / 2));
    expect(message).toMatch(/^CA Certificate must be/);
  });

  test('a second certificate that is broken', () => {
    const broken = certificate.replace(/[A-Za-z]{20}/, 'A'.repeat(20));
    expect(refusalOf('ca_certificate', `${certificate}\n${broken}`).message).toMatch(/^CA Certificate must be/);
  });

  test('a second certificate that is cut off', () => {
    const cut = certificate.slice(0, certificate.length / 2);
    expect(refusalOf('ca_certificate', `${certificate}\n${cut}`).message).toMatch(/^CA Certificate must be/);
  });

  test.each([
    ['in place of the certificate', (): string => privateKey],
    ['behind the certificate', (): string => `${certificate}\n${privateKey}`],
    [
      'that is encrypted',
      (): string =>
        '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nQUJDREVGR0hJSktMTU5PUFFSUw==\n-----END RSA PRIVATE KEY-----\n',
    ],
  ])('a private key %s is named as such, without a word of it', (_, pem) => {
    const { message, internalMessage } = refusalOf('ca_certificate', pem());
    expect(message).toMatch(/^CA Certificate holds a private key/);
    for (const line of privateKey.split('\n').filter((text) => text.length > 20 && !text.startsWith('-'))) {
      expect(`${message}${internalMessage ?? ''}`).not.toContain(line);
    }
  });

  test('each setting of the spec of the wrong type, under the title that the spec gives it', () => {
    const titles = Object.entries(spec.connectionSpecification.properties).map(([field, { title }]) => [field, title]);
    expect(titles.map(([field]) => [field, refusalOf(String(field), { nested: 'object' }).message])).toEqual(
      titles.map(([field, title]) => [
        field,
        expect.stringMatching(new RegExp(`^${String(title).replace(/[()]/g, '\\$&')} `)),
      ]),
    );
  });

  test('a config_error, so that the platform does not try again', () => {
    expect(refusalOf('num_workers', 0).failureType).toBe('config_error');
  });
});
