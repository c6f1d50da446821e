import { tooFew, type Question } from '../question';

const ANSWERS = {
  'always there': 'Each of these entries names a user; the columns allow for null all the same.',
  'missing in some entries':
    'Some entries name no user, as the columns allow for: queries of the records must expect null in user_id, user_email and user_name.',
} as const;

/** Finds out whether there are entries without a user. Only their number is shown. */
export const users: Question<keyof typeof ANSWERS> = {
  id: 'users',
  asks: 'Are there entries without a user?',
  mostRequests: 0,
  answers: ANSWERS,
  ask: ({ entries }) => {
    if (entries.length === 0) return Promise.resolve(tooFew());
    const lacking = (field: string): number => entries.filter((entry) => (entry[field] ?? null) === null).length;
    const figures = {
      entries: entries.length,
      without_user_id: lacking('user_id'),
      without_user_email: lacking('user_email'),
      without_user_name: lacking('user_name'),
      blank_user_name: entries.filter(({ user_name: name }) => typeof name === 'string' && name.trim() === '').length,
    };
    const some = figures.without_user_id + figures.without_user_email + figures.without_user_name > 0;
    return Promise.resolve({ answer: some ? 'missing in some entries' : 'always there', figures });
  },
};
