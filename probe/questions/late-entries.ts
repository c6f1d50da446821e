import type { Question } from '../question';
import { newestAgain, newRows, NO_NEW_ENTRIES } from '../new-rows';

const ANSWERS = {
  'in time':
    'The entries that came while the probe ran were shown at once: nothing speaks against the default Lookback Window.',
  late: 'Entries are shown after newer answers had been given: the Lookback Window must be longer than the latest of them.',
  'no new entries': NO_NEW_ENTRIES,
} as const;

/** An entry and an answer of one second can come in either order. In s. */
const SAME_MOMENT = 2;

/** Finds out how late entries become visible: an answer of before did not show them, though their time had come. */
export const lateEntries: Question<keyof typeof ANSWERS> = {
  id: 'late-entries',
  asks: 'How long after its time does an entry become visible?',
  mostRequests: 1,
  answers: ANSWERS,
  ask: async (tenant) => {
    const before = tenant.samples.newest;
    const added = newRows(before, await newestAgain(tenant), tenant.samples.newestQuery);
    const latest = Math.max(0, ...added.map(({ second }) => Math.floor(before.serverNow / 1000) - second));
    const figures = { new_rows: added.length, latest_by_at_least_s: latest };
    if (added.length === 0) return { answer: 'no new entries', figures };
    return { answer: latest > SAME_MOMENT ? 'late' : 'in time', figures };
  },
};
