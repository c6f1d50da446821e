import { describe, expect, test } from '@jest/globals';
import { ConfigError } from '../src/errors';
import type { JsonObject } from '../src/protocol';
import { runSource } from '../testing';
import {
  boolean,
  choice,
  date,
  dateTime,
  group,
  integer,
  list,
  number,
  oneOf,
  secret,
  text,
  url,
  type ConfigOf,
  type Setting,
  type SettingOptions,
} from './settings';
import { defineSource, defineSpec, type Spec } from './define-spec';

const spec = defineSpec({
  title: 'Zoo Source Spec',
  documentationUrl: 'https://docs.example.com/zoo',
  settings: {
    base_url: url({ title: 'Base URL', description: 'Where the zoo is.', examples: ['https://zoo.example.com'] }),
    api_token: secret({ title: 'API Token', description: 'Paste it.', examples: ['tok-1'] }),
    keeper: text({
      title: 'Keeper',
      description: 'Type a name.',
      optional: true,
      alwaysShow: true,
      pattern: '^[a-z]+$',
      patternDescriptor: 'anna',
    }),
    start: dateTime({ title: 'Start', description: 'Type a time.', optional: true }),
    page_size: integer({ title: 'Page Size', description: 'Type a number.', minimum: 1, maximum: 500, default: 100 }),
    cages: list({ title: 'Cages', description: 'Type names.', optional: true, examples: [['a', 'b']] }),
    entrance: oneOf({
      title: 'Entrance',
      description: 'Choose one.',
      optional: true,
      by: 'way',
      choices: {
        gate: { title: 'Gate', settings: { key: secret({ title: 'Key', description: 'Paste it.' }) } },
        fence: {
          title: 'Fence',
          settings: { height: integer({ title: 'Height', description: 'Type it.', default: 2 }) },
        },
      },
    }),
  },
});

const ZONE = { title: 'Zone', description: 'Choose it.' } as const;

const VALID = { base_url: 'https://zoo.example.com', api_token: 'tok-1' };

async function refusalOf(json: JsonObject): Promise<string> {
  try {
    await spec.parse(json);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('defineSpec', () => {
  test('gives the JSON Schema of the form, in the order of the settings', () => {
    expect(spec.specification).toEqual({
      documentationUrl: 'https://docs.example.com/zoo',
      connectionSpecification: {
        $schema: 'http://json-schema.org/draft-07/schema#',
        title: 'Zoo Source Spec',
        type: 'object',
        required: ['base_url', 'api_token'],
        additionalProperties: true,
        properties: {
          base_url: {
            order: 0,
            title: 'Base URL',
            description: 'Where the zoo is.',
            examples: ['https://zoo.example.com'],
            type: 'string',
            format: 'uri',
            pattern: '^https?://[^\\s/?#]+[^\\s]*$',
            pattern_descriptor: 'https://example.com',
          },
          api_token: {
            order: 1,
            title: 'API Token',
            description: 'Paste it.',
            examples: ['tok-1'],
            type: 'string',
            airbyte_secret: true,
            minLength: 1,
          },
          keeper: {
            order: 2,
            title: 'Keeper',
            description: 'Type a name.',
            always_show: true,
            type: 'string',
            minLength: 1,
            pattern: '^[a-z]+$',
            pattern_descriptor: 'anna',
          },
          start: {
            order: 3,
            title: 'Start',
            description: 'Type a time.',
            examples: ['2025-01-31T00:00:00Z'],
            type: 'string',
            format: 'date-time',
            pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
            pattern_descriptor: 'YYYY-MM-DDTHH:mm:ssZ',
          },
          page_size: {
            order: 4,
            title: 'Page Size',
            description: 'Type a number.',
            type: 'integer',
            minimum: 1,
            maximum: 500,
            default: 100,
          },
          cages: {
            order: 5,
            title: 'Cages',
            description: 'Type names.',
            examples: [['a', 'b']],
            type: 'array',
            items: { type: 'string', minLength: 1 },
          },
          entrance: {
            order: 6,
            title: 'Entrance',
            description: 'Choose one.',
            type: 'object',
            oneOf: [
              {
                title: 'Gate',
                type: 'object',
                required: ['way', 'key'],
                additionalProperties: true,
                properties: {
                  way: { order: 0, type: 'string', const: 'gate' },
                  key: {
                    order: 1,
                    title: 'Key',
                    description: 'Paste it.',
                    type: 'string',
                    airbyte_secret: true,
                    minLength: 1,
                  },
                },
              },
              {
                title: 'Fence',
                type: 'object',
                required: ['way'],
                additionalProperties: true,
                properties: {
                  way: { order: 0, type: 'string', const: 'fence' },
                  height: { order: 1, title: 'Height', description: 'Type it.', type: 'integer', default: 2 },
                },
              },
            ],
          },
        },
      },
    });
  });

  test('gives the config a type: optional settings may be absent, those with a default are there', async () => {
    type ConfigType = typeof spec extends Spec<infer Config> ? Config : never;
    interface Expected {
      readonly base_url: string;
      readonly api_token: string;
      readonly keeper?: string | undefined;
      readonly start?: string | undefined;
      readonly page_size: number;
      readonly cages?: readonly string[] | undefined;
      readonly entrance?:
        { readonly way: 'gate'; readonly key: string } | { readonly way: 'fence'; readonly height: number } | undefined;
    }
    // What the compiler checks: each is the other.
    const there = (config: ConfigType): Expected => config;
    const back = (config: Expected): ConfigType => config;
    expect(back(there(await spec.parse(VALID)))).toEqual({ ...VALID, page_size: 100 });
  });

  test.each<[string, JsonObject, JsonObject]>([
    ['the required settings alone', {}, { page_size: 100 }],
    ['an own value in place of a default', { page_size: 7 }, { page_size: 7 }],
    ['keys that the spec does not know', { later: { a: [null] } }, { later: { a: [null] }, page_size: 100 }],
    ['nulls as absent settings', { keeper: null, page_size: null }, { page_size: 100 }],
    [
      'a default inside of a choice',
      { entrance: { way: 'fence' } },
      { entrance: { way: 'fence', height: 2 }, page_size: 100 },
    ],
    [
      'a choice with its settings',
      { entrance: { way: 'gate', key: 'k' } },
      { entrance: { way: 'gate', key: 'k' }, page_size: 100 },
    ],
    [
      'times with an offset',
      { start: '2024-02-29T23:59:60.5+01:00' },
      { start: '2024-02-29T23:59:60.5+01:00', page_size: 100 },
    ],
    ['an empty list', { cages: [] }, { cages: [], page_size: 100 }],
  ])('takes %s', async (_, given, made) => {
    expect(await spec.parse({ ...VALID, ...given })).toEqual({ ...VALID, ...made });
  });

  test('fills in the default of every kind of setting', async () => {
    const about = (title: string) => ({ title, description: 'Type it.', optional: true }) as const;
    const kinds = defineSpec({
      title: 'Zoo Source Spec',
      settings: {
        text: text({ ...about('Text'), default: 'a' }),
        secret: secret({ ...about('Secret'), default: 'b' }),
        url: url({ ...about('URL'), default: 'https://zoo.example.com' }),
        integer: integer({ ...about('Integer'), default: 3 }),
        day: dateTime({ ...about('Day'), default: '2025-01-31T00:00:00Z' }),
        number: number({ ...about('Number'), default: 0.5 }),
        boolean: boolean({ ...about('Boolean'), default: false }),
        date: date({ ...about('Date'), default: '2025-01-31' }),
        select: choice({ ...about('Select'), choices: ['eu', 'us'], default: 'us' }),
        list: list({ ...about('List'), default: ['c'] }),
        choice: oneOf({
          ...about('Choice'),
          by: 'way',
          choices: {
            gate: { title: 'Gate', settings: {} },
            fence: { title: 'Fence', settings: { height: integer({ ...about('Height'), default: 2 }) } },
          },
          default: 'fence',
        }),
      },
    });
    expect(kinds.specification.connectionSpecification['required']).toEqual([]);
    const config = await kinds.parse({});
    const day: string = config.day;
    expect(config).toEqual({
      text: 'a',
      secret: 'b',
      url: 'https://zoo.example.com',
      integer: 3,
      day,
      number: 0.5,
      boolean: false,
      date: '2025-01-31',
      select: 'us',
      list: ['c'],
      choice: { way: 'fence', height: 2 },
    });
  });

  test('takes a setting for one that may be absent where its options do not say', () => {
    const options: SettingOptions<string> = { title: 'Day', description: 'Type it.', optional: true };
    const day: Setting<string, 'sometimes'> = date(options);
    // @ts-expect-error: it need not be there
    const always: Setting<string, 'always'> = date(options);
    expect(always).toEqual(day);
  });

  test('takes no option that a setting does not have', () => {
    const about = { title: 'T', description: 'D' } as const;
    // What the compiler refuses.
    const misspelt = [
      // @ts-expect-error: an integer has a minimum
      integer({ ...about, min: 3 }),
      // @ts-expect-error: a text has a pattern
      text({ ...about, patern: '^a$' }),
      // @ts-expect-error: an example of a list is a list
      list({ ...about, examples: ['a'] }),
      // @ts-expect-error: a time is a text
      dateTime({ ...about, default: 7 }),
      // @ts-expect-error: a switch has no examples
      boolean({ ...about, examples: [true] }),
      // @ts-expect-error: a day is a text
      date({ ...about, default: 20250131 }),
      // @ts-expect-error: a number has no pattern
      number({ ...about, pattern: '^1$' }),
      // @ts-expect-error: a group is what its settings are
      group({ ...about, settings: {}, default: {} }),
      // @ts-expect-error: a setting that must be given is always shown
      text({ ...about, alwaysShow: true }),
    ];
    expect(misspelt).toHaveLength(9);
    expect(
      // @ts-expect-error: there is no such setting
      defineSpec({ title: 'Zoo', settings: { cage: text(about) }, rules: { cgae: 'must be there.' } }),
    ).toBeDefined();
  });

  test.each<[string, () => unknown, string]>([
    ['a choice', () => choice({ ...ZONE, choices: ['eu', 'us'], default: 'asia' }), 'is none of its choices: eu, us'],
    [
      'a oneOf',
      () => oneOf({ ...ZONE, by: 'way', choices: { gate: { title: 'Gate', settings: {} } }, default: 'fence' }),
      'is none of its choices: gate',
    ],
    ['an integer below its minimum', () => integer({ ...ZONE, minimum: 5, default: 3 }), 'is outside of its range'],
    ['a number above its maximum', () => number({ ...ZONE, maximum: 1, default: 1.5 }), 'is outside of its range'],
  ])('refuses a default that no config may have when the source is made: of %s', (_, make, fault) => {
    const message = `The default of the setting "Zone" ${fault}.`;
    expect(make).toThrow(expect.objectContaining({ message, failureType: 'system_error' }));
  });

  test('takes a default at the end of a range', () => {
    expect(integer({ ...ZONE, minimum: 5, maximum: 5, default: 5 }).schema).toMatchObject({ default: 5 });
  });

  test('says of a setting what a rule says', async () => {
    const ruled = defineSpec({
      title: 'Zoo Source Spec',
      settings: { cage: text({ title: 'Cage', description: 'Type it.' }) },
      rules: { cage: 'must be the name of a cage.' },
    });
    await expect(ruled.parse({ cage: 7 })).rejects.toThrow('Cage must be the name of a cage.');
  });

  test('leaves the JSON that it is given as it is', async () => {
    const given = Object.freeze({ ...VALID, keeper: null, entrance: Object.freeze({ way: 'fence' }) });
    await spec.parse(given);
    expect(given).toEqual({ ...VALID, keeper: null, entrance: { way: 'fence' } });
  });

  test.each<[string, JsonObject, string]>([
    ['a missing URL', { base_url: undefined }, 'Base URL is missing. Type it like https://example.com.'],
    ['a missing secret, whose example is not repeated', { api_token: undefined }, 'API Token is missing.'],
    ['an empty text', { api_token: '' }, 'API Token must not be empty.'],
    ['a number for a text', { api_token: 7 }, 'API Token must be a text.'],
    [
      'a URL without a scheme',
      { base_url: 'zoo.example.com' },
      'Base URL does not have the right form. Type it like https://example.com.',
    ],
    [
      'a URL of another scheme',
      { base_url: 'ftp://zoo' },
      'Base URL does not have the right form. Type it like https://example.com.',
    ],
    [
      'a URL that does not parse',
      { base_url: 'https://[zoo/' },
      'Base URL must be a URL. Type it like https://example.com.',
    ],
    ['a text without the form', { keeper: 'Anna' }, 'Keeper does not have the right form. Type it like anna.'],
    [
      'a day that does not exist',
      { start: '2025-02-30T00:00:00Z' },
      'Start must be a date and time that exists, with a time zone. Type it like YYYY-MM-DDTHH:mm:ssZ.',
    ],
    [
      'a time without a zone',
      { start: '2025-02-03T00:00:00' },
      'Start does not have the right form. Type it like YYYY-MM-DDTHH:mm:ssZ.',
    ],
    ['a number below the range', { page_size: 0 }, 'Page Size must be at least 1. Type a whole number from 1 to 500.'],
    [
      'a number above the range',
      { page_size: 501 },
      'Page Size must be at most 500. Type a whole number from 1 to 500.',
    ],
    ['a fraction', { page_size: 1.5 }, 'Page Size must be a whole number. Type a whole number from 1 to 500.'],
    ['digits as a text', { page_size: '7' }, 'Page Size must be a whole number. Type a whole number from 1 to 500.'],
    ['a text for a list', { cages: 'a' }, 'Cages must be a list.'],
    ['an item that is no text', { cages: ['a', 7] }, 'Cages, item 2, must be a text.'],
    [
      'a choice that is not offered',
      { entrance: { way: 'roof' } },
      'Entrance is not valid. Choose one of: Gate, Fence.',
    ],
    ['no choice', { entrance: {} }, 'Entrance is not valid. Choose one of: Gate, Fence.'],
    ['a setting of a choice that is missing', { entrance: { way: 'gate' } }, 'Key (Entrance) is missing.'],
    [
      'a setting of a choice that is not valid',
      { entrance: { way: 'fence', height: 'x' } },
      'Height (Entrance) must be a whole number.',
    ],
  ])('refuses %s, by the title and with what to type', async (_, given, message) => {
    expect(await refusalOf({ ...VALID, ...given })).toBe(message);
  });

  test('never repeats a value, which may be a secret in the wrong field', async () => {
    for (const key of Object.keys(await spec.parse(VALID)))
      expect(await refusalOf({ ...VALID, [key]: { x: 's3cret' } })).not.toContain('s3cret');
  });
});

describe('settings of a form', () => {
  const about = (title: string) => ({ title, description: 'Type it.' }) as const;
  const settings = {
    region: choice({ ...about('Region'), choices: ['eu', 'us'] }),
    ratio: number({ ...about('Ratio'), minimum: 0, maximum: 1, optional: true }),
    archived: boolean({ ...about('Archived'), default: false, alwaysShow: true }),
    since: date({ ...about('Since'), optional: true }),
    limits: group({ ...about('Limits'), settings: { depth: integer({ ...about('Depth'), default: 3 }) } }),
    proxy: group({
      ...about('Proxy'),
      optional: true,
      settings: { host: text(about('Host')), port: integer({ ...about('Port'), default: 80 }) },
    }),
  };
  const form = defineSpec({ title: 'Zoo Source Spec', settings });

  test('have the schema of what they are', () => {
    const { required, properties } = form.specification.connectionSpecification;
    expect(required).toEqual(['region']);
    expect(properties).toMatchObject({
      region: { type: 'string', enum: ['eu', 'us'] },
      ratio: { type: 'number', minimum: 0, maximum: 1 },
      archived: { type: 'boolean', default: false, always_show: true },
      since: {
        type: 'string',
        format: 'date',
        examples: ['2025-01-31'],
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        pattern_descriptor: 'YYYY-MM-DD',
      },
      limits: { type: 'object', title: 'Limits', required: [], default: {}, properties: { depth: { default: 3 } } },
      proxy: { type: 'object', required: ['host'], properties: { host: { order: 0 }, port: { order: 1 } } },
    });
    expect(properties).not.toHaveProperty('proxy.default');
  });

  test('have the type of what they are', async () => {
    interface Expected {
      readonly region: 'eu' | 'us';
      readonly ratio?: number | undefined;
      readonly archived: boolean;
      readonly since?: string | undefined;
      readonly limits: { readonly depth: number };
      readonly proxy?: { readonly host: string; readonly port: number } | undefined;
    }
    const there = (config: ConfigOf<typeof settings>): Expected => config;
    const back = (config: Expected): ConfigOf<typeof settings> => config;
    const filledIn = { region: 'eu', archived: false, limits: { depth: 3 } };
    expect(back(there(await form.parse({ region: 'eu' })))).toEqual(filledIn);
    expect(await form.parse({ region: 'eu', proxy: { host: 'a' } })).toEqual({
      ...filledIn,
      proxy: { host: 'a', port: 80 },
    });
  });

  test.each<[JsonObject, string]>([
    [{ region: 'asia' }, 'Region is not valid. Choose one of: eu, us.'],
    [{ ratio: 1.5 }, 'Ratio must be at most 1. Type a number from 0 to 1.'],
    [{ archived: 'yes' }, 'Archived must be true or false.'],
    [{ since: '2025-02-30' }, 'Since must be a date that exists. Type it like YYYY-MM-DD.'],
    [{ since: '30.01.2025' }, 'Since does not have the right form. Type it like YYYY-MM-DD.'],
    [{ limits: { depth: 'x' } }, 'Depth (Limits) must be a whole number.'],
    [{ proxy: {} }, 'Host (Proxy) is missing.'],
    [{ proxy: 7 }, 'Proxy must be a group of settings.'],
  ])('refuse %j by the title', async (json, message) => {
    await expect(form.parse({ region: 'eu', ...json })).rejects.toThrow(message);
  });
});

const source = defineSource({
  spec: defineSpec({
    title: 'Zoo Source Spec',
    settings: { token: secret({ title: 'Token', description: 'Paste it.' }) },
  }),
  check: ({ token }) =>
    token === 'right' ? Promise.resolve() : Promise.reject(new ConfigError('The zoo does not know this token.')),
  streams: () => [],
});

describe('defineSource', () => {
  test('answers spec with the specification', async () => {
    const { spec } = await runSource(source, ['spec']);
    expect(spec?.connectionSpecification['title']).toBe('Zoo Source Spec');
  });

  test.each([
    ['a config that works', 'right', { status: 'SUCCEEDED' }],
    ['a config that the check refuses', 'wrong', { status: 'FAILED', message: 'The zoo does not know this token.' }],
    ['a config that the spec refuses', 7, { status: 'FAILED', message: 'Token must be a text.' }],
  ])('answers check of %s', async (_, token, connectionStatus) => {
    expect((await runSource(source, ['check'], { config: { token } })).connectionStatus).toEqual(connectionStatus);
  });
});
