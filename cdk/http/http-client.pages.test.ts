import { describe, expect, test } from '@jest/globals';
import type { ReadContext } from '../src/source';
import { VirtualClock } from '../testing/clocks';
import type { Http, HttpResponse } from './http';
import { pageGetter } from './http-client';

const answer = (status: number, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  body: { bytes: Buffer.from('{"items":[]}'), free: () => undefined },
});

/** Two reads of a service that answers one after the other. */
function reads(...answers: HttpResponse[]) {
  const clock = new VirtualClock(1_000_000);
  const asked: string[] = [];
  const told: string[] = [];
  const http: Http = ({ target }) => {
    asked.push(target);
    return Promise.resolve(answers.shift() ?? answer(200));
  };
  const getter = pageGetter({
    service: 'Example',
    baseUrl: 'https://api.example.com/v2',
    settings: { address: 'URL' },
    log: () => undefined,
    clock,
    random: () => 0,
    http: () => http,
  });
  const contextOf = (stream: string): ReadContext => ({
    log: () => undefined,
    signal: new AbortController().signal,
    mask: () => undefined,
    saveConfig: () => undefined,
    rateLimited: (until) => told.push(`${stream} until ${until}`),
  });
  return { asked, told, cats: getter(contextOf('cats')), dogs: () => getter(contextOf('dogs')) };
}

describe('pageGetter', () => {
  test('gets a path below the base URL, and links as they are', async () => {
    const { asked, cats } = reads();
    expect((await cats({ path: '/cats', query: { page: 2 } })).json).toEqual({ items: [] });
    await cats({ path: 'https://api.example.com/v2/cats?page=3', query: {} });
    expect(asked).toEqual(['/v2/cats?page=2', '/v2/cats?page=3']);
  });

  test('has the stream that is being read tell of a wait', async () => {
    const limited = (): HttpResponse => answer(429, { 'retry-after': '30' });
    const { told, cats, dogs } = reads(limited(), answer(200), limited());
    await cats({ path: '/cats', query: {} });
    await dogs()({ path: '/dogs', query: {} });
    expect(told).toEqual([expect.stringMatching(/^cats until \d+$/), expect.stringMatching(/^dogs until \d+$/)]);
  });
});
