import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { configuredCatalog, runSource, sourceSuite, type FakeApi } from '@airbyte/cdk-typescript-compat/testing';
import { FakeHelpdesk, TOKEN } from './fake-helpdesk';
import { source } from './source';

const framework = { describe, test };
const helpdesk = new FakeHelpdesk();
let api: FakeApi;

beforeAll(async () => {
  api = await helpdesk.start();
});
afterAll(() => api.close());

sourceSuite(source, {
  config: () => ({ base_url: api.url, api_token: TOKEN, start_time: '2026-01-01T00:00:00Z' }),
  refused: {
    'a token that the help desk does not know': {
      config: () => ({ base_url: api.url, api_token: 'another-token' }),
      message: /does not allow this request \(403\).*API Token/,
    },
    'an address that is no help desk': {
      config: () => ({ base_url: `${api.url}/elsewhere`, api_token: TOKEN }),
      message: /not found .*\(404\).*Base URL/,
    },
    'a URL without a scheme': {
      config: { base_url: 'helpdesk.example.com', api_token: TOKEN },
      message: /^Base URL .* Type it like https:/,
    },
  },
  change: () => {
    helpdesk.addTicket();
    helpdesk.reply('tickets1');
    return Promise.resolve();
  },
  restate: () => {
    helpdesk.restate();
    return Promise.resolve();
  },
  framework,
});

describe('a help desk that does not answer well', () => {
  let own: FakeApi;
  const catalog = async () =>
    configuredCatalog((await runSource(source, ['discover'], { config: config() })).catalog?.streams ?? []);
  const config = () => ({ base_url: own.url, api_token: TOKEN });

  beforeEach(async () => {
    own = await new FakeHelpdesk().start();
    // The back-off is drawn between nothing and a limit.
    jest.spyOn(Math, 'random').mockReturnValue(0);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await own.close();
  });

  test('is asked again after 429, 5xx, broken connections and halves of answers, and nothing is lost', async () => {
    const files = { config: config(), catalog: await catalog() };
    const calm = await runSource(source, ['read'], files);
    own.failNext(
      { status: 503 },
      { kind: 'reset' },
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 502, body: '<html>' },
      { kind: 'cut' },
    );
    const rough = await runSource(source, ['read'], files);
    expect(rough.exitCode).toBe(0);
    expect(rough.records.map(({ data }) => data)).toEqual(calm.records.map(({ data }) => data));
  });
});
