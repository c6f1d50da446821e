import type { JsonObject } from '@airbyte/cdk-typescript-compat';
import { parseTimestamp } from '../../src/tines/time';
import { tallyText } from '../kinds';
import { tooFew, type Question } from '../question';

const ANSWERS = {
  'created_at only': 'Entries have created_at: ranges and records go by it.',
  'timestamp only': 'Entries have timestamp: ranges and records go by it.',
  both: 'Entries have both: ranges go by created_at, and the records by timestamp.',
  'one or the other': 'Some entries have created_at and others timestamp: each goes by what it has.',
  'missing in some entries':
    'Some entries have no time that can be read: the start of the range they were found in stands for it, and a WARN says so.',
} as const;

type Answers = keyof typeof ANSWERS;

const TIME_FIELDS = ['created_at', 'timestamp', 'updated_at'] as const;

/** Finds out which times entries have, and how they are written. */
export const times: Question<Answers> = {
  id: 'times',
  asks: 'Which times do entries have, and how fine are they?',
  mostRequests: 0,
  answers: ANSWERS,
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
    return Promise.resolve({ answer: answerOf(entries), figures });
  },
};

function answerOf(entries: readonly JsonObject[]): Answers {
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
