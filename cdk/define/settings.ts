import { ConnectorError } from '../src/errors';
import type { JsonObject } from '../src/protocol';

/** Whether the config always has a value for a setting: because the user must give one, or by a default. */
export type Presence = 'always' | 'sometimes';

declare const VALUE: unique symbol;

/** One setting of a spec, made by {@link text} and its like. `Value` is its type in the config. */
export interface Setting<Value, Has extends Presence = Presence> {
  /** Its JSON Schema, in Airbyte's dialect. */
  readonly schema: JsonObject;
  /** Whether the user must give it. */
  readonly required: boolean;
  /** Only a type; there is no such value. */
  readonly [VALUE]?: { readonly value: Value; readonly has: Has };
}

/** Settings by their keys in the config, in the order of the form. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** The type of a config with these settings: optional ones without a default may be absent. */
export type ConfigOf<S extends Settings> = Flat<
  { readonly [Key in keyof S as S[Key] extends Setting<unknown, 'always'> ? Key : never]: ValueOf<S[Key]> } & {
    readonly [Key in keyof S as S[Key] extends Setting<unknown, 'always'> ? never : Key]?: ValueOf<S[Key]> | undefined;
  }
>;

type ValueOf<S> = S extends Setting<infer Value> ? Value : never;
type Flat<T> = { [Key in keyof T]: T[Key] };

/** What every setting says of itself in the form. */
export interface SettingOptions<Value> {
  /** Its name in the form and in messages. */
  readonly title: string;
  /** What it is for and what to type, in the user's words. */
  readonly description: string;
  readonly examples?: readonly Value[];
  /** What it is where the user leaves it out. */
  readonly default?: Value;
  /** The user may leave it out. A setting with a default may be left out, too. */
  readonly optional?: true;
  /** Shows a setting that may be left out without having it unfolded (Airbyte folds those away). */
  readonly alwaysShow?: true;
}

/** Of a {@link text} or {@link secret}. */
export interface TextOptions extends SettingOptions<string> {
  /** A regular expression that the whole value fits, with anchors. */
  readonly pattern?: string;
  /** The pattern as people write it, such as `YYYY-MM-DD`: follows "Type it like" in messages. */
  readonly patternDescriptor?: string;
  /** The form has several lines for it. */
  readonly multiline?: true;
}

/**
 * Options of which each is one of `Known` and has an effect: what is misspelt or would be ignored does not compile. A
 * setting that must be given is always shown.
 */
type Exact<Options, Known> = Options &
  Readonly<Record<Exclude<keyof Options, keyof Known>, never>> &
  (Options extends { readonly alwaysShow: true } ? { readonly optional: true } | Defaulting : unknown);

interface Defaulting {
  readonly default: string | number | boolean | object;
}

type PresenceOf<Options> = Options extends Defaulting
  ? 'always'
  : 'optional' extends keyof Options
    ? 'sometimes'
    : 'always';

/** Makes a kind of setting, of whose options `Known` says all. */
const kindOf =
  <Value, Known extends SettingOptions<Value>>(keywords: JsonObject) =>
  <const Options extends Known>(options: Exact<Options, Known>): Setting<Value, PresenceOf<Options>> =>
    setting(options, keywords);

/** A setting that is a text. It can't be empty. */
export const text = kindOf<string, TextOptions>({ type: 'string', minLength: 1 });

/** A text that the platform keeps secret and is kept out of the log, such as a token. */
export const secret = kindOf<string, TextOptions>({ type: 'string', airbyte_secret: true, minLength: 1 });

/** A text that is an absolute URL of http or https. */
export const url = kindOf<string, SettingOptions<string>>({
  type: 'string',
  format: 'uri',
  pattern: '^https?://[^\\s/?#]+[^\\s]*$',
  pattern_descriptor: 'https://example.com',
});

/** Of an {@link integer} or {@link number}. Both ends belong to the range. */
export interface NumberOptions extends SettingOptions<number> {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A whole number. */
export const integer = kindOf<number, NumberOptions>({ type: 'integer' });

/** A number, which need not be whole. */
export const number = kindOf<number, NumberOptions>({ type: 'number' });

/** True or false, as a switch of the form. */
export const boolean = kindOf<boolean, Omit<SettingOptions<boolean>, 'examples'>>({ type: 'boolean' });

/** A time with a time zone, RFC 3339, such as `2025-01-31T00:00:00Z`; in the config as it was typed. */
export const dateTime = kindOf<string, SettingOptions<string>>({
  examples: ['2025-01-31T00:00:00Z'],
  type: 'string',
  format: 'date-time',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
  pattern_descriptor: 'YYYY-MM-DDTHH:mm:ssZ',
});

/** A day, such as `2025-01-31`. */
export const date = kindOf<string, SettingOptions<string>>({
  examples: ['2025-01-31'],
  type: 'string',
  format: 'date',
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  pattern_descriptor: 'YYYY-MM-DD',
});

/** A list of texts, none of them empty. */
export const list = kindOf<readonly string[], SettingOptions<readonly string[]>>({
  type: 'array',
  items: { type: 'string', minLength: 1 },
});

interface ChoiceOptions extends Omit<SettingOptions<string>, 'examples'> {
  /** In the order of the form. */
  readonly choices: readonly string[];
}

/**
 * One of a few texts; in the config a union of them.
 * @throws ConnectorError where the default is none of them
 */
export function choice<const Options extends ChoiceOptions>(
  options: Exact<Options, ChoiceOptions>,
): Setting<Options['choices'][number], PresenceOf<Options>> {
  return setting(options, { type: 'string' });
}

interface GroupOptions extends Omit<SettingOptions<never>, 'examples' | 'default'> {
  /** In the order of the form. */
  readonly settings: Settings;
}

/** Settings under a title of their own, in the config an object. Where none of them must be given, it is filled in. */
export function group<const Options extends GroupOptions>(
  options: Exact<Options, GroupOptions>,
): Setting<ConfigOf<Options['settings']>, PresenceOf<Options>> {
  const isFilledIn = options.optional !== true && !Object.values(options.settings).some(({ required }) => required);
  return setting(isFilledIn ? { ...options, default: {} } : options, objectSchema(options.settings));
}

interface OneOfOptions extends Omit<SettingOptions<never>, 'examples' | 'default'> {
  /** The key in the config that says which choice was made. */
  readonly by: string;
  /** By the value of that key. */
  readonly choices: Readonly<Record<string, { readonly title: string; readonly settings: Settings }>>;
  /** The choice where the user makes none. */
  readonly default?: string;
}

type ChosenOf<Options extends OneOfOptions> = {
  [Key in keyof Options['choices']]: Flat<
    { readonly [By in Options['by']]: Key } & ConfigOf<Options['choices'][Key]['settings']>
  >;
}[keyof Options['choices']];

/**
 * A choice between groups of settings, such as ways to authenticate: in the config one object, a union by `by`.
 * @throws ConnectorError where the default is none of the choices
 */
export function oneOf<const Options extends OneOfOptions>(
  options: Exact<Options, OneOfOptions>,
): Setting<ChosenOf<Options>, PresenceOf<Options>> {
  const { by, choices, default: value, ...rest } = options;
  checkDefault(options, Object.keys(choices));
  const oneOf = Object.entries(choices).map(([chosen, { title, settings }]) => ({
    title,
    ...objectSchema({ [by]: { required: true, schema: { type: 'string', const: chosen } }, ...settings }),
  }));
  return setting(value === undefined ? rest : { ...rest, default: { [by]: value } }, { type: 'object', oneOf });
}

/** The schema of an object with these settings: `order` is that of the keys. */
export function objectSchema(settings: Settings): JsonObject {
  const entries = Object.entries(settings);
  return {
    type: 'object',
    required: entries.filter(([, { required }]) => required).map(([key]) => key),
    additionalProperties: true,
    properties: Object.fromEntries(entries.map(([key, { schema }], order) => [key, { order, ...schema }])),
  };
}

type AnyOptions = SettingOptions<unknown> &
  Omit<TextOptions & NumberOptions & Partial<ChoiceOptions>, keyof SettingOptions<unknown>>;

function setting<Value, Has extends Presence>(options: AnyOptions, keywords: JsonObject): Setting<Value, Has> {
  checkDefault(options, options.choices);
  const { title, description, optional, patternDescriptor, alwaysShow, default: value } = options;
  const { pattern, multiline, minimum, maximum, choices, examples } = options;
  const given = { pattern, pattern_descriptor: patternDescriptor, multiline, minimum, maximum, enum: choices };
  const all = Object.entries({ ...given, examples, always_show: alwaysShow, default: value });
  const chosen = Object.fromEntries(all.filter(([, keyword]) => keyword !== undefined));
  return {
    required: optional !== true && value === undefined,
    schema: { title, description, ...keywords, ...chosen },
  };
}

/** A default that no config may have is a mistake of the source's author. */
function checkDefault(
  { title, default: value, minimum = -Infinity, maximum = Infinity }: Pick<AnyOptions, keyof NumberOptions>,
  choices: readonly unknown[] = [value],
): void {
  const isOutside = typeof value === 'number' && (value < minimum || value > maximum);
  if (!isOutside && (value === undefined || choices.includes(value))) return;
  const fault = isOutside ? 'is outside of its range' : `is none of its choices: ${choices.join(', ')}`;
  throw new ConnectorError(`The default of the setting "${title}" ${fault}.`, 'system_error');
}
