import { ok } from 'node:assert/strict';
import type { Http, HttpResponse } from '../../../cdk/http/http';
import { VirtualClock } from '../../../cdk/testing/clocks';
import { runSource, type SourceRun } from '../../../cdk/testing/run-source';
import { parseState } from '../../../src/audit-logs/state';
import { SourceTines } from '../../../src/source-tines';
import { unreadableTimesError } from '../../../src/tines/responses';
import { afterOn, catalogOf, stateFileOf } from '../../../testing/simulated-sync';
import type { FuzzTarget } from '../engine/target';
import { NOW } from './checks';

const KEY = 'key-that-is-never-told';
const DOMAIN = 'acme.tines.com';
const SCOPE = { domain: DOMAIN, userIds: [], operationNames: [], excludedOperations: [] };
/** Two minutes of entries are read: a server that is never content makes it many requests as it is. */
const SAVED = { timestamp: '2026-01-15T11:58:00.000Z' };
/** Then the sync is stopped, as a person would stop it. */
const MOST_REQUESTS = 60;
/** Between two answers in the input. */
const NEXT_ANSWER = '\n---\n';

/**
 * A whole sync against a server that answers anything: the input is its answers, status, headers and body, and the last
 * one again and again. The output is messages of the protocol, the key is in none of them, what the sync fails with is
 * never a fault of the program, and each STATE can be read again.
 */
export const read: FuzzTarget = {
  name: 'read',
  maxBytes: 8192,
  tokens: [
    NEXT_ANSWER,
    '200\n\n{"audit_logs":[]}',
    '429\nretry-after: 5\n\n',
    '404\n\n',
    '503\n\n',
    '413\n\n',
    'date: Thu, 15 Jan 2026 12:00:00 GMT\n',
    'date: Sat, 01 Jan 20000 00:00:00 GMT\n',
    'retry-after: 99999999999\n',
    '"count":1000,',
    '"count":9007199254740991,',
    '"created_at":"2026-01-15T11:59:00Z"',
    '"created_at":"0000-01-01T00:00:00Z"',
    '"created_at":"9999-12-31T23:59:59Z"',
  ],
  async run(input) {
    const answers = input.toString('latin1').split(NEXT_ANSWER).map(answerIn);
    const stop = new AbortController();
    check(await sync(answers, stop), stop.signal.aborted);
  },
};

/** @returns what the program has said */
function sync(answers: readonly HttpResponse[], stop: AbortController): Promise<SourceRun> {
  const clock = new VirtualClock(NOW);
  let requests = 0;
  const http: Http = async (_, signal) => {
    const answer = answers[Math.min(requests, answers.length - 1)];
    requests += 1;
    if (requests === MOST_REQUESTS) stop.abort();
    await clock.sleep(100, signal);
    if (answer === undefined) throw new Error('no answer');
    return { ...answer, body: { bytes: Buffer.from(answer.body.bytes), free: () => undefined } };
  };
  const source = new SourceTines({ clock, random: () => 0.5, cloud: false, http: () => http });
  return runSource(source, ['read'], {
    config: { tenant_domain: DOMAIN, api_key: KEY },
    catalog: catalogOf('incremental'),
    state: stateFileOf(SAVED),
    now: () => clock.now(),
    after: (ms, callback) => afterOn(clock, ms, callback),
    signal: stop.signal,
  });
}

function check({ exitCode, errors, lines, states, stderr }: SourceRun, wasStopped: boolean): void {
  for (const { failure_type: type, message, stack_trace: stack } of errors) {
    // Times in another form are a fault of the API, which only a new version can mend.
    const isOfApi = message === unreadableTimesError().message;
    ok(type !== 'system_error' || isOfApi, `a fault of the program: ${message}\n${stack ?? ''}`);
  }
  ok(exitCode === 0 || errors.length > 0 || wasStopped, 'a failure without an explanation');
  ok(!lines.some((line) => line.includes(KEY)) && !stderr.includes(KEY), 'the key is told');
  for (const { stream } of states) parseState(stream.stream_state, SCOPE);
}

/** A line with the status, lines with headers, an empty line, a body. */
function answerIn(text: string): HttpResponse {
  const [head = '', ...body] = text.split('\n\n');
  const [status = '', ...lines] = head.split('\n');
  const headers = lines.map((line): [string, string] => {
    const [name = '', ...value] = line.split(':');
    return [name.toLowerCase(), value.join(':').trim()];
  });
  return {
    status: /^[1-5]\d\d$/.test(status) ? Number(status) : 200,
    headers: Object.fromEntries(headers),
    body: { bytes: Buffer.from(body.join('\n\n'), 'latin1'), free: () => undefined },
  };
}
