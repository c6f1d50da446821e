import type { HttpResponse } from './http';

/** What proves who asks, in a request. */
export interface Credentials {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** What it takes to obtain credentials at run time. */
export interface AuthTools {
  /** Posts a form to any address, by the way that all requests go: its proxy, its authorities, its deadline. */
  readonly post: (url: string, form: URLSearchParams, headers: Headers, signal: AbortSignal) => Promise<HttpResponse>;
  /** Epoch ms. */
  readonly now: () => number;
  /** Is told of every secret that is obtained. */
  readonly mask: (secret: string) => void;
}

type Headers = Readonly<Record<string, string>>;

/** A way to prove who asks. */
export interface Auth {
  /** For the next request. @throws TokenRefusedError, RetryableError, the signal's reason */
  credentials(tools: AuthTools, signal: AbortSignal): Credentials | Promise<Credentials>;
  /**
   * Is told whether a request was refused with 401.
   * @returns whether it is worth another try, with other credentials
   */
  answered?(credentials: Credentials, refused: boolean): boolean;
}

const always = (credentials: Credentials): Auth => ({ credentials: () => credentials });

/** A token in the header Authorization (RFC 6750). */
export const bearer = (token: string): Auth => header('Authorization', `Bearer ${token}`);

/** A name and a password (RFC 7617). */
export const basic = (name: string, password: string): Auth => header('Authorization', basicValue(name, password));

/** A header, such as `X-Api-Key`. */
export const header = (name: string, value: string): Auth => always({ headers: { [name]: value } });

/** A parameter of the query, such as `api_key`. */
export const query = (name: string, value: string): Auth => always({ query: { [name]: value } });

/** The value of the header Authorization for a name and a password. */
export const basicValue = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
