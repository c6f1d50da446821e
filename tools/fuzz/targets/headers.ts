import { equal, ok } from 'node:assert/strict';
import { RateLimitedError, errorForStatus } from '../../../cdk/http/errors';
import type { Http } from '../../../cdk/http/http';
import { LimitedHttp } from '../../../cdk/http/limited-http';
import { RateLimiter } from '../../../cdk/http/rate-limiter';
import type { FuzzTarget } from '../engine/target';
import { NOW } from './checks';

const STATUSES = [200, 429, 503, 302, 401, 413, 400, 500];
const LIMITS = { deadlineMs: 1000, maxBodyBytes: 1024 };
const clock = { now: () => NOW, sleep: () => Promise.resolve() };

/**
 * Headers that say when to go on, and where to: whatever they say, waits are times. The first byte chooses the status, and
 * each line is a header.
 */
export const headers: FuzzTarget = {
  name: 'headers',
  maxBytes: 1024,
  tokens: [
    'retry-after: ',
    'date: ',
    'location: ',
    ' GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
  ],
  async run(input) {
    const status = STATUSES[(input[0] ?? 0) % STATUSES.length] ?? 200;
    const given = headersIn(input.toString('latin1', 1));
    const http: Http = () =>
      Promise.resolve({ status, headers: given, body: { bytes: Buffer.alloc(0), free: () => undefined } });
    const limiter = new RateLimiter({ requestsPerMinute: 950, clock, random: () => 0.5, onWait: () => undefined });
    const limited = new LimitedHttp({ service: 'Tines', http, limiter, clock });
    try {
      const answer = await limited.send({ target: '/' }, () => LIMITS, new AbortController().signal);
      ok(Math.abs(new Date(answer.serverNow).getUTCFullYear() - 5000) <= 5000, 'a clock that shows no year');
      equal(limited.serverNow(), answer.serverNow);
      checkWait(answer.retryAfterMs);
      const { retryAfterMs } = answer;
      const details = {
        service: 'Tines',
        baseUrl: 'https://acme.tines.com',
        retryAfterMs,
        location: given['location'],
      };
      const error = errorForStatus(status, details);
      ok(error.message.length < 200, 'a message that tells too much');
    } catch (error) {
      if (!(error instanceof RateLimitedError)) throw error;
      equal(status, 429);
      checkWait(error.retryAfterMs);
      checkWait(error.pauseMs);
    }
  },
};

function checkWait(ms: number | undefined): void {
  ok(ms === undefined || (ms >= 0 && Number.isFinite(ms)), 'a wait that is no time');
}

function headersIn(text: string): Record<string, string> {
  const given: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [name = '', ...value] = line.split(':');
    given[name.toLowerCase()] = value.join(':').trim();
  }
  return given;
}
