import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { isPassing, RetryableError, TokenRefusedError } from './errors';
import { parseRetryAfter } from './retry-limits';
import type { Http, HttpResponse } from './http';

type Texts = Readonly<Record<string, string>>;

/** What proves who asks, in a request. */
export interface Credentials {
  readonly headers?: Texts;
  readonly query?: Texts;
}

/** What it takes to obtain credentials at run time. */
export interface AuthTools {
  /** Posts a form to any address, by the way that all requests go: its proxy, its authorities, its deadline. */
  readonly post: (url: string, form: URLSearchParams, headers: Texts, signal: AbortSignal) => Promise<HttpResponse>;
  /** Epoch ms. */
  readonly now: () => number;
  /** Is called with every secret that is obtained. */
  readonly mask: (secret: string) => void;
}

/** A way to prove who asks. */
export interface Auth {
  /** For the next request. @throws TokenRefusedError, RetryableError, the signal's reason */
  credentials(tools: AuthTools, signal: AbortSignal): Credentials | Promise<Credentials>;
  /** Called with whether a request was refused (401). @returns whether it is worth another try, with new credentials */
  responded?(credentials: Credentials, refused: boolean): boolean;
}

interface AuthorizedOptions extends Pick<AuthTools, 'now' | 'mask'> {
  readonly service: string;
  readonly auth: Auth;
  readonly httpTo: (origin: string) => Http;
}

/** Sends requests with the credentials of the moment. @param httpTo makes what sends requests to another origin */
export function authorized(http: Http, { service, auth, httpTo, now, mask }: AuthorizedOptions): Http {
  const servers = new Map<string, Http>();
  const post: AuthTools['post'] = (address, form, headers, signal) => {
    const { origin, pathname, search } = new URL(address);
    const server = servers.get(origin) ?? httpTo(origin);
    servers.set(origin, server);
    const all = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
    return server({ target: `${pathname}${search}`, headers: all, body: form.toString() }, signal);
  };
  return async (request, signal, limits) => {
    const credentials = await auth.credentials({ post, now, mask }, signal);
    const headers = { ...request.headers, ...credentials.headers };
    const target = withQuery(request.target, credentials.query);
    const response = await http({ ...request, target, headers }, signal, limits);
    if (auth.responded?.(credentials, response.status === 401) !== true) return response;
    response.body.free();
    throw new RetryableError(`${service} answered 401 to an access token that was good before`);
  };
}

function withQuery(target: string, query: Credentials['query'] = {}): string {
  const url = new URL(`http://origin${target}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return `${url.pathname}${url.search}`;
}

/** A token in the header Authorization (RFC 6750). */
export const bearer = (token: string): Auth => header('Authorization', `Bearer ${token}`);

/** A name and a password (RFC 7617). */
export const basic = (name: string, password: string): Auth => header('Authorization', basicValue(name, password));

/** A header, such as `X-Api-Key`. */
export const header = (name: string, value: string): Auth => ({ credentials: () => ({ headers: { [name]: value } }) });

/** A parameter of the query, such as `api_key`. */
export const query = (name: string, value: string): Auth => ({ credentials: () => ({ query: { [name]: value } }) });

const basicValue = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** A client of an authorization server (RFC 6749). */
export interface OAuthClient {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes?: readonly string[];
  /** Further parameters of the request for a token, such as `audience`. */
  readonly parameters?: Texts;
  /** Where the client's id and secret go: into the body unless it says `header`. */
  readonly clientAuth?: 'body' | 'header';
}

/** What an authorization server gave. */
export interface Tokens {
  readonly accessToken: string;
  /** Epoch ms; undefined where the server does not say. */
  readonly expiresAt: number | undefined;
  /** Outweighs the one that was used; undefined where that stays. */
  readonly refreshToken: string | undefined;
}

/** A refresh token that a user has given once, and what becomes of the next ones. */
export interface RefreshTokenOptions extends OAuthClient {
  readonly refreshToken: string;
  /** Called before a new token is used: the old one may be void, so the config must be changed (`context.saveConfig`). */
  readonly save: (tokens: Tokens) => void;
}

/** The access token of a client on its own behalf (RFC 6749, 4.4). */
export function clientCredentials(client: OAuthClient): Auth {
  return tokenAuth((tools, signal) => request(client, { grant_type: 'client_credentials' }, tools, signal));
}

/** The access token of a user, by a refresh token (RFC 6749, 6). */
export function refreshToken({ save, refreshToken: first, ...client }: RefreshTokenOptions): Auth {
  let current = first;
  return tokenAuth(async (tools, signal) => {
    const tokens = await request(client, { grant_type: 'refresh_token', refresh_token: current }, tools, signal);
    if (tokens.refreshToken !== undefined && tokens.refreshToken !== current) {
      current = tokens.refreshToken;
      save(tokens);
    }
    return tokens;
  });
}

/** A token is renewed so long before it expires, in ms, but not before half of its time. */
const RENEWED_BEFORE_MS = 60_000;

interface Obtained {
  readonly credentials: Credentials;
  /** Epoch ms. */
  readonly renewAt: number;
  /** Whether a request with it was not refused. */
  proven: boolean;
}

/** Keeps an access token for as long as it is good, and obtains one at a time. */
function tokenAuth(obtain: (tools: AuthTools, signal: AbortSignal) => Promise<Tokens>): Auth {
  let token: Obtained | undefined;
  let obtaining: Promise<Obtained> | undefined;
  const renew = async (tools: AuthTools, signal: AbortSignal): Promise<Obtained> => {
    const askedAt = tools.now();
    const { accessToken, expiresAt = Number.POSITIVE_INFINITY } = await obtain(tools, signal);
    const lifeMs = expiresAt - askedAt;
    return {
      credentials: { headers: { Authorization: `Bearer ${accessToken}` } },
      renewAt: askedAt + Math.max(lifeMs - RENEWED_BEFORE_MS, lifeMs / 2),
      proven: false,
    };
  };
  return {
    credentials: async (tools, signal) => {
      if (token === undefined || tools.now() >= token.renewAt) {
        obtaining ??= renew(tools, signal).finally(() => {
          obtaining = undefined;
        });
        token = await obtaining;
      }
      return token.credentials;
    },
    // A token that was good before may have been revoked early; one that never was is no reason to ask for another.
    responded: (credentials, refused) => {
      if (token?.credentials !== credentials) return refused;
      const { proven } = token;
      if (!refused) token.proven = true;
      else if (proven) token = undefined;
      return refused && proven;
    },
  };
}

async function request(client: OAuthClient, grant: Texts, tools: AuthTools, signal: AbortSignal): Promise<Tokens> {
  const { clientId, clientSecret, scopes = [], parameters, clientAuth = 'body' } = client;
  const inHeader = clientAuth === 'header';
  const form = new URLSearchParams({
    ...grant,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(inHeader ? {} : { client_id: clientId, client_secret: clientSecret }),
    ...parameters,
  });
  // RFC 6749, 2.3.1: both are encoded as in a form before they become Basic credentials.
  const authorization = basicValue(encodeURIComponent(clientId), encodeURIComponent(clientSecret));
  if (inHeader) tools.mask(authorization.slice('Basic '.length));
  const response = await tools.post(client.tokenUrl, form, inHeader ? { Authorization: authorization } : {}, signal);
  const said = jsonOf(response);
  if (response.status !== 200) throw refusal(response, said, tools.now());
  return tokensOf(said, tools);
}

function jsonOf({ body }: HttpResponse): JsonObject {
  const text = body.bytes.toString();
  body.free();
  try {
    const json: unknown = JSON.parse(text);
    return isJsonObject(json) ? json : {};
  } catch {
    return {};
  }
}

function refusal({ status, headers }: HttpResponse, said: JsonObject, now: number): Error {
  if (status === 429 || isPassing(status)) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
    return new RetryableError(`the authorization server answered ${status}`, { retryAfterMs });
  }
  const code = said['error'];
  return new TokenRefusedError(status, typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : undefined);
}

function tokensOf(said: JsonObject, { mask, now }: AuthTools): Tokens {
  const { access_token: access, refresh_token: refresh, expires_in: seconds } = said;
  for (const secret of [access, refresh]) if (typeof secret === 'string') mask(secret);
  if (typeof access !== 'string' || access === '') throw new TokenRefusedError(200, undefined);
  const lifeS = Number(seconds ?? Number.NaN);
  return {
    accessToken: access,
    expiresAt: Number.isFinite(lifeS) ? now() + lifeS * 1000 : undefined,
    refreshToken: typeof refresh === 'string' && refresh !== '' ? refresh : undefined,
  };
}
