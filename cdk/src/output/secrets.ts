import { isJsonObject } from '../json-text';
import type { JsonObject } from '../protocol';

/** What stands in place of a secret. */
const MASK = '****';

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

  /** Replaces them in a text by asterisks, in every form. Where some overlap, what they cover is replaced as one. */
  readonly mask = (text: string): string => {
    const lower = lowerCase(text);
    const places = this.#forms.flatMap((form) => [...placesOf(form, text, lower)]);
    let result = '';
    let shown = 0;
    for (const { start, end } of places.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
      if (start >= shown) result += text.slice(shown, start) + MASK;
      shown = Math.max(shown, end);
    }
    return result + text.slice(shown);
  };
}

const WORD = /[\p{L}\p{N}_]/u;
const BASE64 = /[A-Za-z0-9+/_=-]/;

function* placesOf({ text: form, kind }: SecretForm, text: string, lower: string): Generator<Place> {
  for (let at = lower.indexOf(form); at !== -1;) {
    let [start, end] = [at, at + form.length];
    if (kind === 'base64') {
      while (BASE64.test(text.charAt(start - 1))) start -= 1;
      while (BASE64.test(text.charAt(end))) end += 1;
    }
    if (kind !== 'word' || !(WORD.test(text.charAt(start - 1)) || WORD.test(text.charAt(end)))) yield { start, end };
    at = lower.indexOf(form, kind === 'base64' ? end : at + 1);
  }
}

/** How a secret may look in a text. */
interface SecretForm {
  /** In lower case (ASCII): names of hosts are written so, Base64 in them, too. */
  readonly text: string;
  /**
   * `anywhere`: also inside of a word, in whichever case. `word`: as a whole word. `base64`: within a run of Base64, which
   * is hidden whole.
   */
  readonly kind: 'anywhere' | 'word' | 'base64';
}

/** A secret of one character can't be kept by masking: it would only make the log unreadable. An empty one is none. */
const SHORTEST_SECRET = 2;
/** Up to this length a form is masked as a whole word only: it stands inside of many others. */
const LONGEST_WORD = 2;
/** A line of a longer secret says too little if it is shorter, and Base64 or hexadecimal stands in many words and numbers. */
const SHORTEST_PART = 4;

/** A URL that ends after its scheme says nothing, and would be masked in every other. */
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\/$/i;

/** All forms of a secret. */
function formsOf(secret: string): readonly SecretForm[] {
  if (secret.trim() === '' || SCHEME.test(secret.trim())) return [];
  const wholes = [secret, secret.trim(), ...passwordsOf(secret)];
  const hex = wholes.filter(({ length }) => length >= SHORTEST_PART).map((whole) => Buffer.from(whole).toString('hex'));
  const texts = new Set([...[...wholes, ...linesOf(secret)].flatMap(textsOf), ...hex].map(lowerCase));
  const base64 = new Set(wholes.flatMap(base64Of).map(lowerCase));
  return [
    ...[...texts]
      .filter(({ length }) => length >= SHORTEST_SECRET)
      .map((text): SecretForm => ({ text, kind: text.length > LONGEST_WORD ? 'anywhere' : 'word' })),
    ...[...base64].map((text): SecretForm => ({ text, kind: 'base64' })),
  ];
}

/** Lower case in ASCII: the text stays as long as it is. */
const lowerCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** A text as it is, inside of JSON, of JSON in JSON, of JSON in ASCII, of a URL, and of a form. */
function textsOf(text: string): string[] {
  const json = insideJson(text);
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  // Half a surrogate pair has no form in a URL.
  const uri = /\p{Surrogate}/u.test(text) ? [] : [encodeURIComponent(text), encodeURI(text)];
  return [text, json, insideJson(json), ascii, ...uri, form];
}

const insideJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** The lines of a secret that has several, as a key in PEM has; not those that only say what it is. */
function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n|\\n/).map((line) => line.trim());
  if (lines.length === 1) return [];
  return lines.filter((line) => line.length >= SHORTEST_PART && !/^-+(BEGIN|END) [A-Z0-9 ]+-+$/.test(line));
}

/** The password of a URL, such as that of a proxy. */
function passwordsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return [];
  const { password } = new URL(secret);
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/**
 * The digits of Base64 that a text leaves in a longer one, as a password does after a user's name (Basic auth): three,
 * by where it begins; the digits at its ends, which it shares with its neighbours, are left out.
 */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const digits = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const own = digits.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return own.length < SHORTEST_PART ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Keywords whose schemas speak of the value itself. */
const OF_THE_VALUE = ['oneOf', 'anyOf', 'allOf', 'if', 'then', 'else', 'not'];
/** Keywords whose schemas, by the names of properties, speak of the value itself. */
const OF_THE_VALUE_BY_NAME = ['dependentSchemas', 'dependencies'];
/** Keywords whose schemas speak of items; of an array of schemas, each of the item at its place. */
const OF_ITEMS = ['items', 'prefixItems', 'additionalItems', 'unevaluatedItems', 'contains'];
/** Keywords whose schemas speak of the properties that no other keyword names. */
const OF_OTHER_PROPERTIES = ['additionalProperties', 'unevaluatedProperties'];

/**
 * The secrets of a config: what the schema marks with `airbyte_secret: true`, with all that it holds, wherever it is
 * nested. In doubt, such as in every branch of a `oneOf`, a value is secret.
 * @param schema the spec's `connectionSpecification`
 * @param value the user's JSON as it was read, valid or not
 */
export function secretsOf(schema: unknown, value: unknown): readonly string[] {
  if (!isJsonObject(schema) || value === undefined || value === null) return [];
  if (schema['airbyte_secret'] === true) return scalarsOf(value);
  const ofValue = OF_THE_VALUE.flatMap((keyword) => schema[keyword]);
  const byName = OF_THE_VALUE_BY_NAME.flatMap((keyword) => Object.values(objectIn(schema[keyword])));
  const schemasOf = Array.isArray(value) ? schemasOfItem : schemasOfProperty;
  const children = typeof value === 'object' ? Object.entries<unknown>({ ...value }) : [];
  return [
    ...[...ofValue, ...byName].flatMap((each) => secretsOf(each, value)),
    ...children.flatMap(([key, child]) => schemasOf(schema, key).flatMap((each) => secretsOf(each, child))),
  ];
}

function schemasOfItem(schema: JsonObject, index: string): readonly unknown[] {
  return OF_ITEMS.flatMap((keyword): readonly unknown[] => {
    const given: unknown = schema[keyword];
    return Array.isArray(given) ? given.slice(Number(index), Number(index) + 1) : [given];
  });
}

function schemasOfProperty(schema: JsonObject, key: string): readonly unknown[] {
  const named = Object.entries(objectIn(schema['properties'])).filter(([name]) => name === key);
  const matched = Object.entries(objectIn(schema['patternProperties'])).filter(([pattern]) => mayMatch(pattern, key));
  const known = [...named, ...matched].map(([, each]) => each);
  return known.length > 0 ? known : OF_OTHER_PROPERTIES.map((keyword) => schema[keyword]);
}

function mayMatch(pattern: string, key: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(key);
  } catch {
    return true;
  }
}

const objectIn = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});

function scalarsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(scalarsOf) : [];
}
