import { tally } from '../kinds';
import type { Question } from '../question';

const ANSWERS = {
  none: 'No request failed, and none had to be sent again.',
  some: 'Some requests failed or were refused: a sync tries them again or asks for less; if it is slow, lower Requests per Minute.',
} as const;

/** Finds out how the tenant bore the questions: statuses, times and sizes of all answers. Comes last. */
export const failures: Question<keyof typeof ANSWERS> = {
  id: 'failures',
  asks: 'How long did answers take, how large were they, and did requests fail?',
  mostRequests: 0,
  answers: ANSWERS,
  ask: ({ exchanges, repeats }) => {
    const durations = exchanges.map(({ sentAt, receivedAt }) => receivedAt - sentAt).sort((a, b) => a - b);
    const figures = {
      answers_by_status: tally(exchanges.map(({ status }) => String(status))),
      sent_again: repeats,
      median_ms: durations[durations.length >> 1] ?? 0,
      slowest_ms: durations.at(-1) ?? 0,
      largest_bytes: Math.max(0, ...exchanges.map(({ bytes }) => bytes)),
    };
    const failed = repeats > 0 || exchanges.some(({ status }) => status >= 500 || status === 429);
    return Promise.resolve({ answer: failed ? 'some' : 'none', figures });
  },
};
