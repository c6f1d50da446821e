import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { FIELD_NAMES } from '../../src/tines/page-index';
import { parseTimestamp } from '../../src/tines/time';
import { idsOf, type ProbePage } from '../page';
import { kindOf, tally, tallyText, tooFew, type Question } from '../question';

const ID_ANSWERS = {
  integers: 'Ids are whole numbers: state keeps them as short differences.',
  UUIDs: 'Ids are UUIDs: state keeps them as texts, so the ids of a long lookback take more of it.',
  mixed: 'Ids are of several kinds: each is kept as it came.',
  other: 'Ids are neither whole numbers nor UUIDs: they are kept as texts, as they came.',
  'missing in some entries': 'Some entries have no id: a hash of their content stands for it, and a WARN says so.',
} as const;

type IdAnswer = keyof typeof ID_ANSWERS;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Finds out what ids are made of. */
export const ids: Question<IdAnswer> = {
  id: 'ids',
  asks: 'Are ids integers or UUIDs, and does one come twice on a page?',
  mostRequests: 0,
  answers: ID_ANSWERS,
  ask: ({ entries, samples: { newest, older } }) => {
    if (entries.length === 0) return Promise.resolve(tooFew());
    const kinds = entries.map(({ id }) => idKind(id));
    const figures = {
      entries: entries.length,
      kinds: tally(kinds),
      most_digits: Math.max(0, ...idsOf(newest.rows).map((id) => (/^\d+$/.test(id) ? id.length : 0))),
      twice_on_a_page: [newest, ...older].map(repeatedIn).reduce((sum, count) => sum + count, 0),
    };
    return Promise.resolve({ answer: idAnswer(new Set(kinds)), figures });
  },
};

type IdKind = 'integer' | 'integer as text' | 'UUID' | 'other text' | 'missing' | 'other';

function idKind(id: unknown): IdKind {
  if (typeof id === 'string') return UUID.test(id) ? 'UUID' : /^\d+$/.test(id) ? 'integer as text' : 'other text';
  if (kindOf(id) === 'missing' || id === null) return 'missing';
  return Number.isInteger(id) ? 'integer' : 'other';
}

function idAnswer(kinds: ReadonlySet<IdKind>): IdAnswer {
  if (kinds.has('missing')) return 'missing in some entries';
  if (kinds.size > 1) return 'mixed';
  if (kinds.has('integer') || kinds.has('integer as text')) return 'integers';
  return kinds.has('UUID') ? 'UUIDs' : 'other';
}

const repeatedIn = ({ rows }: ProbePage): number => rows.length - new Set(idsOf(rows)).size;

const TIME_ANSWERS = {
  'created_at only': 'Entries have created_at: ranges and records go by it.',
  'timestamp only': 'Entries have timestamp: ranges and records go by it.',
  both: 'Entries have both: ranges go by created_at, and the records by timestamp.',
  'one or the other': 'Some entries have created_at and others timestamp: each goes by what it has.',
  'missing in some entries':
    'Some entries have no time that can be read: the start of the range they were found in stands for it, and a WARN says so.',
} as const;

type TimeAnswer = keyof typeof TIME_ANSWERS;

const TIME_FIELDS = ['created_at', 'timestamp', 'updated_at'] as const;

/** Finds out which times entries have, and how they are written. */
export const times: Question<TimeAnswer> = {
  id: 'times',
  asks: 'Which times do entries have, and how fine are they?',
  mostRequests: 0,
  answers: TIME_ANSWERS,
  ask: ({ entries }) => {
    if (entries.length === 0) return Promise.resolve(tooFew());
    const forms = TIME_FIELDS.map((field) => [field, formsOf(entries, field)] as const);
    const deltas = entries.flatMap((entry) => deltaOf(entry) ?? []);
    const figures = {
      entries: entries.length,
      ...Object.fromEntries(forms),
      updated_later: entries.filter(isUpdatedLater).length,
      ...(deltas.length === 0
        ? {}
        : {
            timestamp_less_created_at_ms_at_least: Math.min(...deltas),
            timestamp_less_created_at_ms_at_most: Math.max(...deltas),
          }),
    };
    return Promise.resolve({ answer: timeAnswer(entries), figures });
  },
};

function timeAnswer(entries: readonly JsonObject[]): TimeAnswer {
  const kinds = entries.map((entry) => ({ created: has(entry, 'created_at'), stamped: has(entry, 'timestamp') }));
  if (kinds.some(({ created, stamped }) => !created && !stamped)) return 'missing in some entries';
  if (kinds.every(({ created, stamped }) => created && stamped)) return 'both';
  if (kinds.every(({ stamped }) => !stamped)) return 'created_at only';
  return kinds.every(({ created }) => !created) ? 'timestamp only' : 'one or the other';
}

const has = (entry: JsonObject, field: string): boolean => parseTimestamp(entry[field]) !== undefined;

const formsOf = (entries: readonly JsonObject[], field: string): string =>
  tallyText(entries.map((entry) => formOf(entry[field])));

/** How a time is written, without what it says. */
function formOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value !== 'string' || parseTimestamp(value) === undefined) return 'unreadable';
  const digits = /[.,](\d+)/.exec(value)?.[1]?.length ?? 0;
  const zone = /z$/i.test(value) ? 'Z' : 'another zone';
  return digits === 0 ? `whole seconds and ${zone}` : `${digits} digits of a second and ${zone}`;
}

function deltaOf(entry: JsonObject): number | undefined {
  const [stamped, created] = [parseTimestamp(entry['timestamp']), parseTimestamp(entry['created_at'])];
  return stamped === undefined || created === undefined ? undefined : stamped - created;
}

function isUpdatedLater(entry: JsonObject): boolean {
  const [updated, created] = [parseTimestamp(entry['updated_at']), parseTimestamp(entry['created_at'])];
  return updated !== undefined && created !== undefined && updated > created;
}

const FIELD_ANSWERS = {
  'all known': 'Every field has a column of its own.',
  'some unknown':
    'Fields that the connector does not know come in additional_fields; their names, not their values, are listed so that they can get columns.',
} as const;

const KNOWN_FIELDS: ReadonlySet<string> = new Set(FIELD_NAMES);
const MOST_NAMES = 40;

/** Finds out which fields entries have. Of those that are not known only the names are kept, and never a value. */
export const fields: Question<keyof typeof FIELD_ANSWERS> = {
  id: 'fields',
  asks: 'Which fields do entries have that the connector does not know, and what kind are inputs and outputs?',
  mostRequests: 0,
  answers: FIELD_ANSWERS,
  ask: (tenant) => {
    const { entries, sampled } = tenant;
    if (entries.length === 0) return Promise.resolve(tooFew());
    const names = [...new Set(entries.flatMap((entry) => Object.keys(entry)))];
    const unknown = names.filter((name) => !KNOWN_FIELDS.has(name));
    const figures = {
      entries: entries.length,
      rows_that_are_no_objects: sampled.length - entries.length,
      known_fields: tally(entries.flatMap((entry) => Object.keys(entry).filter((name) => KNOWN_FIELDS.has(name)))),
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

const SOURCE_ANSWERS = {
  absent: 'No entry has it: who made a change, a person or a program, shows in the user and the user agent alone.',
  'always null': 'Entries have it, and it says nothing: it comes as null in additional_fields.',
  'in some entries':
    'Some entries have it, so it may mark where a change came from: it comes in additional_fields, where queries must expect it to be missing; please report it, so that it gets a column.',
  'in all entries':
    'All entries have it, so it may say where a change came from: it comes in additional_fields; please report it, so that it gets a column.',
} as const;

/** Finds out whether entries have a field `source`, which one third party describes. Of its values only the number is kept. */
export const source: Question<keyof typeof SOURCE_ANSWERS> = {
  id: 'source',
  asks: 'Do entries have a field named source, as one third party says?',
  mostRequests: 0,
  answers: SOURCE_ANSWERS,
  ask: ({ entries }) => {
    if (entries.length === 0) return Promise.resolve(tooFew());
    const given = entries.map((entry) => entry['source']).filter((value) => value !== undefined && value !== null);
    const isAbsent = entries.every((entry) => !Object.hasOwn(entry, 'source'));
    const figures = {
      entries: entries.length,
      source: kindsOf(entries, 'source'),
      different_values: new Set(given.map((value) => JSON.stringify(value))).size,
    };
    const some = given.length === entries.length ? 'in all entries' : 'in some entries';
    return Promise.resolve({ answer: isAbsent ? 'absent' : given.length === 0 ? 'always null' : some, figures });
  },
};

const USER_ANSWERS = {
  'always there': 'Each of these entries names a user; the columns allow for null all the same.',
  'missing in some entries':
    'Some entries name no user, as the columns allow for: queries of the records must expect null in user_id, user_email and user_name.',
} as const;

/** Finds out whether there are entries without a user. Only their number is kept. */
export const users: Question<keyof typeof USER_ANSWERS> = {
  id: 'users',
  asks: 'Are there entries without a user?',
  mostRequests: 0,
  answers: USER_ANSWERS,
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
