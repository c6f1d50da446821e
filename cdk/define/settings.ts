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

/** Options of which each is one of `Known` and has an effect: what is misspelt or would be ignored does not compile. */
type Exact<Options, Known> = Options & {
  readonly [Key in Exclude<keyof Options, keyof Known>]: never;
} & ShownOf<Options>;

/** A setting that must be given is always shown. */
type ShownOf<Options> = Options extends { readonly alwaysShow: true }
  ? { readonly optional: true } | { readonly default: AnyDefault }
  : unknown;

type AnyDefault = string | number | boolean | object;

type PresenceOf<Options> = 'optional' extends keyof Options
  ? Options extends { readonly default: AnyDefault }
    ? 'always'
    : 'sometimes'
  : 'always';

/** Makes a kind of setting, of whose options `Known` says all. */
const kindOf =
  <Value, Known extends SettingOptions<Value>>(keywords: (options: Known) => JsonObject) =>
  <const Options extends Known>(options: Exact<Options, Known>): Setting<Value, PresenceOf<Options>> =>
    setting(options, keywords(options));

/** A setting that is a text. It can't be empty. */
export const text = kindOf<string, TextOptions>((options) => ({
  type: 'string',
  minLength: 1,
  ...textKeywords(options),
}));

/** A text that the platform keeps secret and is kept out of the log, such as a token. */
export const secret = kindOf<string, TextOptions>((options) => ({
  type: 'string',
  airbyte_secret: true,
  minLength: 1,
  ...textKeywords(options),
}));

/** A text that is an absolute URL of http or https. */
export const url = kindOf<string, SettingOptions<string>>(() => ({
  type: 'string',
  format: 'uri',
  pattern: '^https?://[^\\s/?#]+[^\\s]*$',
  pattern_descriptor: 'https://example.com',
}));

/** Of an {@link integer} or {@link number}. Both ends belong to the range. */
export interface NumberOptions extends SettingOptions<number> {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A whole number. */
export const integer = kindOf<number, NumberOptions>((options) => ({ type: 'integer', ...rangeKeywords(options) }));

/** A number, which need not be whole. */
export const number = kindOf<number, NumberOptions>((options) => ({ type: 'number', ...rangeKeywords(options) }));

/** True or false, as a switch of the form. */
export const boolean = kindOf<boolean, Omit<SettingOptions<boolean>, 'examples'>>(() => ({ type: 'boolean' }));

/** A time with a time zone, RFC 3339, such as `2025-01-31T00:00:00Z`; in the config as it was typed. */
export const dateTime = kindOf<string, SettingOptions<string>>(() => ({
  examples: ['2025-01-31T00:00:00Z'],
  type: 'string',
  format: 'date-time',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
  pattern_descriptor: 'YYYY-MM-DDTHH:mm:ssZ',
}));

/** A day, such as `2025-01-31`. */
export const date = kindOf<string, SettingOptions<string>>(() => ({
  examples: ['2025-01-31'],
  type: 'string',
  format: 'date',
  pattern: '^\\d{4}-\\d{2}-\\d{2}$',
  pattern_descriptor: 'YYYY-MM-DD',
}));

/** A list of texts, none of them empty. */
export const list = kindOf<readonly string[], SettingOptions<readonly string[]>>(() => ({
  type: 'array',
  items: { type: 'string', minLength: 1 },
}));

/** Of a {@link choice}. */
export interface ChoiceOptions extends Omit<SettingOptions<string>, 'examples'> {
  /** In the order of the form. */
  readonly choices: readonly string[];
}

/** One of a few texts; in the config a union of them. */
export function choice<const Options extends ChoiceOptions>(
  options: Exact<Options, ChoiceOptions> & { readonly default?: Options['choices'][number] },
): Setting<Options['choices'][number], PresenceOf<Options>> {
  return setting(options, { type: 'string', enum: options.choices });
}

/** Of a {@link group}. */
export interface GroupOptions extends Omit<SettingOptions<never>, 'examples' | 'default'> {
  /** In the order of the form. */
  readonly settings: Settings;
}

/** Settings under a title of their own, in the config an object. Where none of them must be given, it is filled in. */
export function group<const Options extends GroupOptions>(
  options: Exact<Options, GroupOptions>,
): Setting<ConfigOf<Options['settings']>, PresenceOf<Options>> {
  const schema = objectSchema(options.settings);
  const isFilledIn = options.optional !== true && !Object.values(options.settings).some(({ required }) => required);
  return setting(isFilledIn ? { ...options, default: {} } : options, schema);
}

/** One of the groups of settings that a {@link oneOf} offers. */
export interface Choice {
  readonly title: string;
  readonly settings: Settings;
}

/** Of a {@link oneOf}. */
export interface OneOfOptions extends Omit<SettingOptions<never>, 'examples' | 'default'> {
  /** The key in the config that says which choice was made. */
  readonly by: string;
  /** By the value of that key. */
  readonly choices: Readonly<Record<string, Choice>>;
  /** The choice where the user makes none. */
  readonly default?: string;
}

type ChosenOf<Options extends OneOfOptions> = {
  [Key in keyof Options['choices']]: Flat<
    { readonly [By in Options['by']]: Key } & ConfigOf<Options['choices'][Key]['settings']>
  >;
}[keyof Options['choices']];

/** A choice between groups of settings, such as ways to authenticate: in the config one object, a union by `by`. */
export function oneOf<const Options extends OneOfOptions>(
  options: Exact<Options, OneOfOptions> & { readonly default?: keyof Options['choices'] },
): Setting<ChosenOf<Options>, PresenceOf<Options>> {
  const { by, choices, default: chosen, ...rest } = options;
  const oneOf = Object.entries(choices).map(([value, { title, settings }]) => ({
    title,
    ...objectSchema({ [by]: constant(value), ...settings }),
  }));
  const own = chosen === undefined ? rest : { ...rest, default: { [by]: chosen } };
  return setting(own, { type: 'object', oneOf });
}

function constant(value: string): Setting<string> {
  return { required: true, schema: { type: 'string', const: value } };
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

function setting<Value, Has extends Presence>(
  options: SettingOptions<unknown>,
  keywords: JsonObject,
): Setting<Value, Has> {
  const { title, description, examples, optional, alwaysShow, default: value } = options;
  return {
    required: optional !== true && value === undefined,
    schema: {
      title,
      description,
      ...keywords,
      ...given({ examples, always_show: alwaysShow, default: value }),
    },
  };
}

function textKeywords({ pattern, patternDescriptor, multiline }: TextOptions): JsonObject {
  return given({ pattern, pattern_descriptor: patternDescriptor, multiline });
}

const rangeKeywords = ({ minimum, maximum }: NumberOptions): JsonObject => given({ minimum, maximum });

/** Without the keywords that are undefined. */
function given(keywords: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));
}
