import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { FIELD_NAMES } from '../../src/tines/page-index';
import { kindOf, tally, tallyText } from '../kinds';
import { tooFew, type Question } from '../question';

const ANSWERS = {
  'all known': 'Every field has a column of its own.',
  'some unknown':
    'Fields that the connector does not know come in additional_fields; their names, not their values, are listed so that they can get columns.',
} as const;

const KNOWN: ReadonlySet<string> = new Set(FIELD_NAMES);
const MOST_NAMES = 40;

/** Finds out which fields entries have. Of those that are not known only the names are shown, and never a value. */
export const fields: Question<keyof typeof ANSWERS> = {
  id: 'fields',
  asks: 'Which fields do entries have that the connector does not know, and what kind are inputs and outputs?',
  mostRequests: 0,
  answers: ANSWERS,
  ask: (tenant) => {
    const { entries, sampled } = tenant;
    if (entries.length === 0) return Promise.resolve(tooFew());
    const names = [...new Set(entries.flatMap((entry) => Object.keys(entry)))];
    const unknown = names.filter((name) => !KNOWN.has(name));
    const figures = {
      entries: entries.length,
      rows_that_are_no_objects: sampled.length - entries.length,
      known_fields: tally(entries.flatMap((entry) => Object.keys(entry).filter((name) => KNOWN.has(name)))),
      unknown_fields: Object.fromEntries(
        unknown.slice(0, MOST_NAMES).map((name) => [tenant.nameOf(name), kindsOf(entries, name)]),
      ),
      inputs: kindsOf(entries, 'inputs'),
      outputs: kindsOf(entries, 'outputs'),
    };
    return Promise.resolve({ answer: unknown.length === 0 ? 'all known' : 'some unknown', figures });
  },
};

/** How often a field is of which kind. */
const kindsOf = (entries: readonly JsonObject[], name: string): string =>
  tallyText(entries.map((entry) => kindOf(entry[name])));
