import { describe, expect, test } from '@jest/globals';
import type { Fault } from '../simulated-tenant/tenant-faults';
import { ids } from './questions/entries';
import { failures } from './questions/responses';
import { explained } from './session';
import { answerTo, pastEntries, probed, type ProbedOptions } from './testing/probed';

const DOMAIN = 'simulated.tines.example';

/** The sentence that a probe of this tenant ends with. */
async function sentence(options: ProbedOptions): Promise<string | undefined> {
  const error: unknown = await probed([ids], options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return explained(
    error,
    { service: 'Tines', host: DOMAIN, isSync: false, settings: { address: 'Tenant Domain' } },
    3000,
  )?.message;
}

const always = (fault: Fault): ProbedOptions => ({ faultFor: () => fault });
const onAuditLogs = (status: number): ProbedOptions => ({
  faultFor: (_, __, path) => (path.endsWith('/audit_logs') ? { kind: 'status', status } : undefined),
});

describe('a tenant that can not be asked', () => {
  test.each<[string, ProbedOptions, RegExp]>([
    ['a wrong key', always({ kind: 'status', status: 401 }), /^Tines does not accept the API key \(401\)/],
    ['a key without the permission', onAuditLogs(403), /^The API key may not read audit logs \(403\)/],
    ['a key without the permission, by 404', onAuditLogs(404), /^The API key works, but may not read .*\(404\)/],
    ['another server', always({ kind: 'status', status: 404 }), /^No Tines tenant was found at simulated/],
    ['a redirect', always({ kind: 'redirect' }), /redirects to elsewhere.example \(302\)/],
    ['other JSON', always({ kind: 'status', status: 200, body: '{"x":1}' }), /that is not a page of audit logs/],
    ['a web page', always({ kind: 'html' }), /could not be read for 3 seconds: the answer is not JSON/],
    ['a server that is down', always({ kind: 'status', status: 503 }), /could not be read for 3 seconds: .* 503/],
    ['a lost connection', always({ kind: 'reset' }), /could not be read for 3 seconds: .*ECONNRESET/],
    ['no answer', always({ kind: 'hang' }), /could not be read for 3 seconds: no whole answer within 30 s/],
    ['nothing but 429', always({ kind: 'status', status: 429 }), /^Tines answered nothing but 429/],
  ])('is explained as a check would: %s', async (_, options, expected) => {
    expect(await sentence(options)).toMatch(expected);
  });

  test('is not asked any question', async () => {
    let requests = 0;
    const counted = { ...always({ kind: 'status', status: 401 }), onRequest: () => (requests += 1) };
    expect([typeof (await sentence(counted)), requests]).toEqual(['string', 1]);
  });
});

describe('a tenant that can be asked', () => {
  test('is asked for the last day where all at once is too heavy', async () => {
    const { answer, figures } = await answerTo(ids, { heavyRange: { rows: 2000, response: 504 } });
    expect([answer, figures['entries']]).toEqual(['integers', expect.any(Number)]);
  });

  test('need not give older samples', async () => {
    const { answer, figures } = await answerTo(failures, {
      entries: pastEntries(5),
      faultFor: (_, query) => (query.has('before') ? { kind: 'status', status: 400 } : undefined),
    });
    expect([answer, figures['answers_by_status']]).toEqual(['none', { 200: 1, 400: 3 }]);
  });
});
