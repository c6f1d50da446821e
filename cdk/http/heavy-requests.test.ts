import { expect, test } from '@jest/globals';
import { RetryableError, TooHeavyError } from './errors';
import { HeavyRequests, type Reachable } from './heavy-requests';

const failure = new RetryableError('Tines answered 504');

/** How many failures and questions it takes until the request is too heavy, with these answers, the last one repeated. */
async function played(requests: HeavyRequests, perPage: number, answers: readonly Reachable[]) {
  const count = requests.watch(perPage);
  let questions = 0;
  const reachable = (): Promise<Reachable> => {
    questions += 1;
    return Promise.resolve(answers[Math.min(questions, answers.length) - 1]);
  };
  for (let failures = 1; failures <= 30; failures += 1) {
    const error: unknown = await count.failed(failure, reachable).catch((reason: unknown) => reason);
    if (error instanceof TooHeavyError) return { failures, questions, cause: error.cause };
  }
  return { failures: Infinity, questions, cause: undefined };
}

test.each<[string, number, readonly Reachable[], number, number]>([
  ['a page, while the server is up', 500, [true], 3, 1],
  ['two rows, while the server is up', 2, [true], 3, 1],
  ['one row, while the server is up', 1, [true], 6, 6],
  ['a page, while the server is down', 500, [false], Infinity, 10],
  ['one row, while the server is down', 1, [false], Infinity, 30],
  ['a page of a server that comes back', 500, [false, true], 6, 2],
  ['one row of a server that is down in between', 1, [true, false, true], 7, 7],
  ['a page whose question is refused by the rate limit once', 500, [undefined, true], 4, 2],
])('%s', async (_, perPage, answers, failures, questions) => {
  expect(await played(new HeavyRequests(), perPage, answers)).toMatchObject({ failures, questions });
});

test('the last failure is the cause', async () => {
  expect((await played(new HeavyRequests(), 500, [true])).cause).toBe(failure);
});

test.each([
  [500, 1],
  [1, 6],
])('a request of %d a page takes %d failures once another was too heavy', async (perPage, failures) => {
  const requests = new HeavyRequests();
  await played(requests, 500, [true]);
  expect(await played(requests, perPage, [true])).toMatchObject({ failures });
});

test('a request takes one failure once another was too large', async () => {
  const requests = new HeavyRequests();
  requests.remember();
  expect(await played(requests, 500, [true])).toMatchObject({ failures: 1 });
});
