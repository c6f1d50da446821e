import type { Exchange } from '../exchange';
import { tally } from '../kinds';
import { tooFew, type Question } from '../question';

const ANSWERS = {
  gzip: 'Answers are compressed with gzip, which the connector asks for.',
  br: 'Answers are compressed with Brotli, which was not asked for and is not understood: this has to be reported.',
  'not compressed': 'Answers are not compressed, so the network carries several times as much as it had to.',
  other: 'Answers are encoded in a way that was not asked for, or in several: this has to be reported.',
} as const;

/** Finds out how answers are sent. */
export const transport: Question<keyof typeof ANSWERS> = {
  id: 'transport',
  asks: 'How are answers compressed, and which version of HTTP carries them?',
  mostRequests: 0,
  answers: ANSWERS,
  ask: ({ exchanges }) => {
    const pages = exchanges.filter(({ status }) => status === 200);
    const encodings = pages.map(encodingOf);
    const lengths = pages.filter(({ headers }) => headers['content-length'] !== undefined);
    const sent = lengths.reduce((sum, { headers }) => sum + Number(headers['content-length']), 0);
    const received = lengths.reduce((sum, { bytes }) => sum + bytes, 0);
    const figures = {
      answers: pages.length,
      encodings: tally(encodings),
      http_versions: tally(pages.map(({ httpVersion = 'unknown' }) => httpVersion)),
      answers_that_tell_their_length: lengths.length,
      ...(sent > 0 ? { times_smaller_when_sent: Math.round((10 * received) / sent) / 10 } : {}),
    };
    const [encoding, ...others] = new Set(encodings);
    if (encoding === undefined) return Promise.resolve(tooFew(figures));
    return Promise.resolve({ answer: others.length === 0 ? encoding : 'other', figures });
  },
};

function encodingOf({ headers }: Exchange): keyof typeof ANSWERS {
  switch (headers['content-encoding']?.toLowerCase()) {
    case undefined:
    case 'identity':
      return 'not compressed';
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'br':
      return 'br';
    default:
      return 'other';
  }
}
