import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Auth, AuthTools, Credentials } from './auth';
import { RetryableError, TokenRefusedError } from './errors';
import { clientCredentials, refreshToken, type OAuthClient, type Tokens } from './auth';

const never = new AbortController().signal;
const CLIENT: OAuthClient = { tokenUrl: 'https://login.example/token', clientId: 'the id', clientSecret: 's&cret' };
const HOUR_S = 3600;

interface Asked {
  readonly url: string;
  readonly form: Record<string, string>;
  readonly headers: Readonly<Record<string, string>>;
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

let now: number;
let asked: Asked[];
let masked: string[];
let answers: Reply[];

beforeEach(() => {
  now = 1_000_000;
  asked = [];
  masked = [];
  answers = [];
});

const tools: AuthTools = {
  now: () => now,
  mask: (secret) => masked.push(secret),
  post: (url, form, headers) => {
    asked.push({ url, form: Object.fromEntries(form), headers });
    const { status, body, headers: own = {} } = answers[asked.length - 1] ?? token(`token-${asked.length}`);
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    return Promise.resolve({ status, headers: own, body: { bytes, free: () => undefined } });
  },
};

const token = (access_token: string, more: object = {}): Reply => ({
  status: 200,
  body: { access_token, token_type: 'Bearer', expires_in: HOUR_S, ...more },
});

const credentialsOf = (auth: Auth): Promise<Credentials> => Promise.resolve(auth.credentials(tools, never));
const headerOf = async (auth: Auth): Promise<string | undefined> =>
  (await credentialsOf(auth)).headers?.['Authorization'];

describe('client credentials', () => {
  test('become a token, which is a bearer and is masked', async () => {
    expect(await headerOf(clientCredentials({ ...CLIENT, scopes: ['a', 'b'] }))).toBe('Bearer token-1');
    expect(asked).toEqual([
      {
        url: CLIENT.tokenUrl,
        form: { grant_type: 'client_credentials', scope: 'a b', client_id: 'the id', client_secret: 's&cret' },
        headers: {},
      },
    ]);
    expect(masked).toEqual(['token-1']);
  });

  test('go into the header where the server wants them there, encoded as in a form', async () => {
    await headerOf(clientCredentials({ ...CLIENT, clientAuth: 'header', parameters: { audience: 'api' } }));
    const basic = Buffer.from('the%20id:s%26cret').toString('base64');
    expect(asked[0]).toMatchObject({
      form: { grant_type: 'client_credentials', audience: 'api' },
      headers: { Authorization: `Basic ${basic}` },
    });
    expect(masked).toContain(basic);
  });
});

describe('an access token', () => {
  test.each([
    ['a minute before it expires', HOUR_S, HOUR_S - 60],
    ['after half of its time, where that is short', 60, 30],
  ])('is renewed %s', async (_, expires_in, second) => {
    answers = [token('first', { expires_in })];
    const auth = clientCredentials(CLIENT);
    await headerOf(auth);
    now += second * 1000 - 1;
    expect(await headerOf(auth)).toBe('Bearer first');
    now += 1;
    expect(await headerOf(auth)).toBe('Bearer token-2');
  });

  test('whose end is not said is used until it is refused', async () => {
    answers = [token('first', { expires_in: undefined })];
    const auth = clientCredentials(CLIENT);
    await headerOf(auth);
    now += 1000 * HOUR_S * 1000;
    expect(await headerOf(auth)).toBe('Bearer first');
  });

  test('is asked for once, however many wait for it', async () => {
    const auth = clientCredentials(CLIENT);
    expect(await Promise.all([headerOf(auth), headerOf(auth), headerOf(auth)])).toEqual(
      Array.from({ length: 3 }, () => 'Bearer token-1'),
    );
    expect(asked).toHaveLength(1);
  });

  test('that was good and is refused is renewed, once for all who had it', async () => {
    const auth = clientCredentials(CLIENT);
    const used = await credentialsOf(auth);
    expect(auth.responded?.(used, false)).toBe(false);
    expect([auth.responded?.(used, true), auth.responded?.(used, true)]).toEqual([true, true]);
    expect(await headerOf(auth)).toBe('Bearer token-2');
    expect(asked).toHaveLength(2);
  });

  test('that never was good is no reason to ask for another', async () => {
    const auth = clientCredentials(CLIENT);
    const used = await credentialsOf(auth);
    expect(auth.responded?.(used, true)).toBe(false);
  });

  test('is asked for again after a failure', async () => {
    answers = [{ status: 503, body: 'busy', headers: { 'retry-after': '7' } }];
    const auth = clientCredentials(CLIENT);
    await expect(credentialsOf(auth)).rejects.toMatchObject({ retryAfterMs: 7000 });
    expect(await headerOf(auth)).toBe('Bearer token-2');
  });
});

describe('an authorization server', () => {
  test.each([
    ['refuses, with a code', 400, { error: 'invalid_grant' }, 'invalid_grant'],
    ['refuses, without one', 401, 'no', undefined],
    ['refuses, with a code that is none', 400, { error: 'the secret s&cret is wrong' }, undefined],
    ['gives no token', 200, {}, undefined],
  ])('that %s is believed at once', async (_, status, body, code) => {
    answers = [{ status, body }];
    const error: unknown = await credentialsOf(clientCredentials(CLIENT)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TokenRefusedError);
    expect(error).toMatchObject({ status, code });
  });

  test.each([429, 500, 503])('that answers %d is asked again', async (status) => {
    answers = [{ status, body: '' }];
    await expect(credentialsOf(clientCredentials(CLIENT))).rejects.toBeInstanceOf(RetryableError);
  });
});

describe('a refresh token', () => {
  const withRefresh = (save: (tokens: Tokens) => void): Auth =>
    refreshToken({ ...CLIENT, refreshToken: 'refresh-0', save });

  test('becomes an access token', async () => {
    const saved: Tokens[] = [];
    expect(await headerOf(withRefresh((tokens) => saved.push(tokens)))).toBe('Bearer token-1');
    expect(asked[0]?.form).toMatchObject({ grant_type: 'refresh_token', refresh_token: 'refresh-0' });
    expect(saved).toEqual([]);
  });

  test('that is exchanged is masked, saved before it is used, and used from then on', async () => {
    const saved: (string | undefined)[] = [];
    answers = [token('first', { refresh_token: 'refresh-1' }), token('second', { refresh_token: 'refresh-1' })];
    const auth = withRefresh(({ refreshToken: next, expiresAt }) => {
      saved.push(next, String(expiresAt));
      expect(asked).toHaveLength(1);
    });
    await headerOf(auth);
    now += HOUR_S * 1000;
    expect(await headerOf(auth)).toBe('Bearer second');
    expect(asked[1]?.form).toMatchObject({ refresh_token: 'refresh-1' });
    expect(saved).toEqual(['refresh-1', String(1_000_000 + HOUR_S * 1000)]);
    expect(masked).toContain('refresh-1');
  });
});
