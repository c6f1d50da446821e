import { seededRandom, seedOfItem } from './random';
import type { TenantEntry } from './tenant-entry';

/** Something that goes wrong with one response: the response itself, or the way in which it arrives. */
export type Fault =
  /** A response with this status instead of the right one. Without a body: JSON for 4xx and 500, HTML of a proxy for other 5xx. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string | Buffer;
      readonly headers?: Headers;
    }
  /** Status 200 and a right content-length, but the JSON ends early, after this many bytes; half of it unless given. */
  | { readonly kind: 'cut_json'; readonly keepBytes?: number }
  /** Status 200 with an HTML page. */
  | { readonly kind: 'html' }
  /** Status 200 without a body. */
  | { readonly kind: 'empty' }
  /** Status 302 to this URL; to another host unless given. */
  | { readonly kind: 'redirect'; readonly location?: string }
  | TransportFault;

/** A right response that doesn't arrive, or not whole. */
export type TransportFault =
  /** The connection is closed before anything is answered. */
  | { readonly kind: 'reset' }
  /** The connection is closed in the middle of the body, after this many bytes; half of it unless given. */
  | { readonly kind: 'reset_in_body'; readonly afterBytes?: number }
  /** No response ever. */
  | { readonly kind: 'hang' }
  /** Status 200, then a blank (which JSON allows) every so many ms, for ever; every 50 ms unless given. */
  | { readonly kind: 'drip'; readonly everyMs?: number };

/** Headers by their names in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** Chooses the fault of a request: its number from 1, its query and its path. */
export type FaultChooser = (requestNumber: number, query: URLSearchParams, path: string) => Fault | undefined;

/** What the tenant responds with, before anything is sent. */
export interface TenantResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The bytes of the body, where they are no text in UTF-8; `body` is then the nearest text. */
  readonly bytes?: Buffer;
  /** What happens to the response on its way. */
  readonly fault?: TransportFault;
  /** What is on it, where it is a page and nothing is wrong with it: for observers. */
  readonly page?: ReturnedPage | undefined;
}

/** A page of audit logs. */
export interface ReturnedPage {
  readonly rows: readonly TenantEntry[];
  /** `meta.count`, if there is one. */
  readonly count: number | undefined;
}

/** Chooser that gives each of the faults to one of the next requests for audit logs, first come first served. */
export function nextRequests(...faults: readonly Fault[]): FaultChooser {
  const waiting = [...faults];
  return (_, __, path) => (path === AUDIT_LOGS_PATH ? waiting.shift() : undefined);
}

/** Chooser that gives a fault to a share (0 to 1) of the requests, the same ones for the same seed. */
export function scattered(fault: Fault, { share, seed }: { share: number; seed: number }): FaultChooser {
  return (requestNumber) => (seededRandom(seedOfItem(seed, requestNumber))() < share ? fault : undefined);
}

/** Chooser that gives what the first of the choosers gives that gives anything. */
export function firstOf(...choosers: readonly (FaultChooser | undefined)[]): FaultChooser {
  return (...request) => {
    for (const chooser of choosers) {
      const fault = chooser?.(...request);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** Fault that is a 429, with this `Retry-After` if any. */
export function tooManyRequests(retryAfter?: string): Fault {
  return {
    kind: 'status',
    status: 429,
    ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }),
  };
}

/** The path of the audit logs. */
export const AUDIT_LOGS_PATH = '/api/v1/audit_logs';
/** A path that any valid key may read. */
export const INFO_PATH = '/api/v1/info';

const JSON_TYPE = 'application/json; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';

/** What a faulty response is made of. */
export interface FaultyResponseParts {
  /** The response there would be without the fault. */
  readonly right: () => TenantResponse;
  /** An error in the tenant's style. */
  readonly error: (status: number) => TenantResponse;
}

/** The response that a fault leaves of the right one. */
export function faultyResponse(fault: Fault, { right, error }: FaultyResponseParts): TenantResponse {
  switch (fault.kind) {
    case 'status':
      return statusResponse(fault, error);
    case 'cut_json': {
      const body = Buffer.from(right().body);
      const bytes = body.subarray(0, fault.keepBytes ?? body.length >> 1);
      return { status: 200, headers: { 'content-type': JSON_TYPE }, body: bytes.toString(), bytes };
    }
    case 'html':
      return { status: 200, headers: { 'content-type': HTML_TYPE }, body: proxyPage('Sign in') };
    case 'empty':
      return { status: 200, headers: { 'content-type': JSON_TYPE }, body: '' };
    case 'redirect': {
      const location = fault.location ?? `https://elsewhere.example${AUDIT_LOGS_PATH}`;
      return { status: 302, headers: { location }, body: '' };
    }
    case 'reset':
    case 'hang':
      return { status: 0, headers: {}, body: '', fault };
    case 'drip':
      return { status: 200, headers: { 'content-type': JSON_TYPE }, body: '', fault };
    case 'reset_in_body':
      return { ...right(), page: undefined, fault };
  }
}

/** The bytes of a response's body. */
export function bytesOf({ body, bytes }: TenantResponse): Buffer {
  return bytes ?? Buffer.from(body);
}

function statusResponse(
  { status, body, headers }: Extract<Fault, { kind: 'status' }>,
  error: (status: number) => TenantResponse,
): TenantResponse {
  if (body === undefined && status > 500) {
    return { status, headers: { 'content-type': HTML_TYPE, ...headers }, body: proxyPage(`${status}`) };
  }
  const given = body ?? error(status).body;
  const typed = { 'content-type': JSON_TYPE, ...headers };
  if (typeof given === 'string') return { status, headers: typed, body: given };
  return { status, headers: typed, body: given.toString(), bytes: given };
}

function proxyPage(title: string): string {
  return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
}
