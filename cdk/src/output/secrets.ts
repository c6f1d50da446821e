import type { JsonObject } from '../protocol';
import { formsOf, lowerCase, type SecretForm } from './secret-forms';
import { secretsOf } from './secret-values';

/** What stands in place of a secret. */
export const MASK = '****';

/** Where a secret stands: from `start` to before `end`. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** The secrets of a run, which no text may show that a person reads. */
export class Secrets {
  readonly #known = new Set<string>();
  readonly #forms: SecretForm[] = [];

  /**
   * Adds the secrets of a config.
   * @param schema the spec's `connectionSpecification`
   * @param config the user's JSON as it was read, valid or not
   */
  addConfig(schema: JsonObject, config: unknown): void {
    for (const secret of secretsOf(schema, config)) this.add(secret);
  }

  /** Adds one that is in no config. */
  add(secret: string): void {
    if (this.#known.has(secret)) return;
    this.#known.add(secret);
    this.#forms.push(...formsOf(secret));
  }

  /** Replaces them in a text by {@link MASK}, in every form. Where some overlap, what they cover is replaced as one. */
  readonly mask = (text: string): string => {
    const lower = lowerCase(text);
    const places = this.#forms.flatMap((form) => [...placesOf(form, text, lower)]);
    return places.length === 0 ? text : replaced(text, places);
  };
}

function* placesOf({ text: form, kind }: SecretForm, text: string, lower: string): Generator<Place> {
  for (let start = lower.indexOf(form); start !== -1;) {
    const place = { start, end: start + form.length };
    const hidden = kind === 'base64' ? wholeRun(text, place) : place;
    if (kind !== 'word' || isWord(text, place)) yield hidden;
    start = lower.indexOf(form, kind === 'base64' ? hidden.end : start + 1);
  }
}

const WORD = /[\p{L}\p{N}_]/u;

function isWord(text: string, { start, end }: Place): boolean {
  return !WORD.test(text.charAt(start - 1)) && !WORD.test(text.charAt(end));
}

const BASE64 = /[A-Za-z0-9+/_=-]/;

function wholeRun(text: string, { start, end }: Place): Place {
  while (BASE64.test(text.charAt(start - 1))) start -= 1;
  while (BASE64.test(text.charAt(end))) end += 1;
  return { start, end };
}

function replaced(text: string, places: readonly Place[]): string {
  let result = '';
  let shown = 0;
  for (const { start, end } of places.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start >= shown) result += text.slice(shown, start) + MASK;
    shown = Math.max(shown, end);
  }
  return result + text.slice(shown);
}
