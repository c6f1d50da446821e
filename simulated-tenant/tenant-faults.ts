import type { ServerResponse } from 'node:http';
import type { TenantEntry } from './tenant-entry';

/** Something that goes wrong with one answer. */
export type Fault =
  /** An answer with this status instead of the right one. Without a body: JSON for 4xx and 500, HTML of a proxy for other 5xx. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string | Buffer;
      readonly headers?: FaultHeaders;
    }
  /** The connection is closed before anything is answered. */
  | { readonly kind: 'reset' }
  /** The connection is closed in the middle of the body, after this many bytes; half of it unless given. */
  | { readonly kind: 'reset_in_body'; readonly afterBytes?: number }
  /** Status 200 and a right content-length, but the JSON ends early, after this many bytes; half of it unless given. */
  | { readonly kind: 'cut_json'; readonly keepBytes?: number }
  /** Status 200 with an HTML page. */
  | { readonly kind: 'html' }
  /** Status 200 without a body. */
  | { readonly kind: 'empty' }
  /** No answer ever. */
  | { readonly kind: 'hang' }
  /** Status 200, then a blank (which JSON allows) every so many ms, for ever; every 50 ms unless given. */
  | { readonly kind: 'drip'; readonly everyMs?: number }
  /** Status 302 to this URL; to another host unless given. */
  | { readonly kind: 'redirect'; readonly location?: string }
  /** The right answer, this many ms later. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The right answer, but these entries appear in the tenant just before it. */
  | { readonly kind: 'insert'; readonly entries: readonly TenantEntry[] | (() => readonly TenantEntry[]) };

/** Headers by name. */
export type FaultHeaders = Readonly<Record<string, string>>;

/** Faults that spoil the answer; with the others the right answer comes after all. */
export type SpoilingFault = Exclude<Fault, { kind: 'slow' | 'insert' }>;

/** What spoiling an answer needs to know. */
export interface SpoiledAnswer {
  readonly response: ServerResponse;
  /** The body the right answer would have had. */
  readonly rightBody: () => string;
  /** The body of an error in the tenant's style. */
  readonly errorBody: (status: number) => string;
}

const json = 'application/json; charset=utf-8';
const html = 'text/html; charset=utf-8';

/** Gives the spoiled answer. Returns its status, 0 where there is none. */
export function spoil(fault: SpoilingFault, { response, rightBody, errorBody }: SpoiledAnswer): number {
  switch (fault.kind) {
    case 'status':
      return sendStatus(response, fault, errorBody);
    case 'reset':
      response.socket?.destroy();
      return 0;
    case 'reset_in_body':
      return resetInBody(response, Buffer.from(rightBody()), fault.afterBytes);
    case 'cut_json': {
      const body = Buffer.from(rightBody());
      return send(response, 200, body.subarray(0, fault.keepBytes ?? body.length >> 1), { 'content-type': json });
    }
    case 'html':
      return send(response, 200, proxyPage('Sign in'), { 'content-type': html });
    case 'empty':
      return send(response, 200, '', { 'content-type': json });
    case 'hang':
      return 0;
    case 'drip':
      return drip(response, fault.everyMs ?? 50);
    case 'redirect':
      return send(response, 302, '', { location: fault.location ?? 'https://elsewhere.example/api/v1/audit_logs' });
  }
}

/** Sends a whole answer with its content-length, and returns its status. */
export function send(response: ServerResponse, status: number, body: string | Buffer, headers: FaultHeaders): number {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) });
  response.end(bytes);
  return status;
}

function sendStatus(
  response: ServerResponse,
  { status, body, headers }: Extract<Fault, { kind: 'status' }>,
  errorBody: (status: number) => string,
): number {
  const isProxys = body === undefined && status > 500;
  const standard = isProxys ? proxyPage(`${status}`) : errorBody(status);
  return send(response, status, body ?? standard, { 'content-type': isProxys ? html : json, ...headers });
}

function resetInBody(response: ServerResponse, body: Buffer, afterBytes = body.length >> 1): number {
  response.writeHead(200, { 'content-type': json, 'content-length': String(body.length) });
  response.write(body.subarray(0, afterBytes), () => response.socket?.destroy());
  return 200;
}

function drip(response: ServerResponse, everyMs: number): number {
  response.writeHead(200, { 'content-type': json });
  response.write(' ');
  const timer = setInterval(() => response.write(' '), everyMs);
  response.on('close', () => {
    clearInterval(timer);
  });
  return 200;
}

function proxyPage(title: string): string {
  return `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
}
