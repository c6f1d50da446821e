import { expect, test } from '@jest/globals';
import { RetryableError } from './errors';
import { RequestTooHeavyError } from './facts';
import { HeavyRequests, type Reachable } from './heavy-requests';

const failure = new RetryableError('Tines answered 504');

/** How many failures and questions it takes until the request is too heavy, with these answers, the last one repeated. */
async function played(requests: HeavyRequests, smallest: boolean, answers: readonly Reachable[]) {
  const count = requests.watch(smallest);
  let questions = 0;
  const reachable = (): Promise<Reachable> => {
    questions += 1;
    return Promise.resolve(answers[Math.min(questions, answers.length) - 1]);
  };
  for (let failures = 1; failures <= 30; failures += 1) {
    const error: unknown = await count.failed(failure, reachable).catch((reason: unknown) => reason);
    if (error instanceof RequestTooHeavyError) return { failures, questions, cause: error.cause };
  }
  return { failures: Infinity, questions, cause: undefined };
}

test.each<[string, boolean, readonly Reachable[], number, number]>([
  ['a page, while the server is up', false, [true], 3, 1],
  ['two rows, while the server is up', false, [true], 3, 1],
  ['one row, while the server is up', true, [true], 6, 6],
  ['a page, while the server is down', false, [false], Infinity, 10],
  ['one row, while the server is down', true, [false], Infinity, 30],
  ['a page of a server that comes back', false, [false, true], 6, 2],
  ['one row of a server that is down in between', true, [true, false, true], 7, 7],
  ['a page whose question is refused by the rate limit once', false, [undefined, true], 4, 2],
])('%s', async (_, smallest, answers, failures, questions) => {
  expect(await played(new HeavyRequests(6), smallest, answers)).toMatchObject({ failures, questions });
});

test('the last failure is the cause', async () => {
  expect((await played(new HeavyRequests(6), false, [true])).cause).toBe(failure);
});

test.each([
  ['a page', false, 1],
  ['one row', true, 6],
])('a request of %s is asked about at once after another was too heavy', async (_, smallest, failures) => {
  const requests = new HeavyRequests(6);
  await played(requests, false, [true]);
  expect(await played(requests, smallest, [true])).toMatchObject({ failures });
});

test('a request takes one failure once another was too large', async () => {
  const requests = new HeavyRequests(6);
  requests.remember();
  expect(await played(requests, false, [true])).toMatchObject({ failures: 1 });
});

test('a request that nothing less can be asked for takes as many failures as were given', async () => {
  expect(await played(new HeavyRequests(1), true, [true])).toMatchObject({ failures: 1, questions: 1 });
});
