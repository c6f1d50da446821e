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
export interface SettingOptions<Example> {
  /** Its name in the form and in messages. */
  readonly title: string;
  /** What it is for and what to type, in the user's words. */
  readonly description: string;
  readonly examples?: readonly Example[];
  /** The user may leave it out. A setting with a default may be left out, too. */
  readonly optional?: true;
  /** Shows an optional setting without having it unfolded (Airbyte folds those away). */
  readonly alwaysShow?: true;
}

/** Of a {@link text} or {@link secret}. */
export interface TextOptions extends SettingOptions<string> {
  /** A regular expression that the whole value fits, with anchors. */
  readonly pattern?: string;
  /** The pattern as people write it, such as `YYYY-MM-DD`: follows "Type it like" in messages. */
  readonly patternDescriptor?: string;
  readonly default?: string;
  /** The form has several lines for it. */
  readonly multiline?: true;
}

type HasOf<Options> = Options extends { readonly optional: true }
  ? Options extends { readonly default: unknown }
    ? 'always'
    : 'sometimes'
  : 'always';

/** A setting that is a text. It can't be empty. */
export function text<const Options extends TextOptions>(options: Options): Setting<string, HasOf<Options>> {
  return setting(options, { type: 'string', minLength: 1, ...textKeywords(options) });
}

/** A text that the platform keeps secret and the log never shows, such as a token. */
export function secret<const Options extends TextOptions>(options: Options): Setting<string, HasOf<Options>> {
  return setting(options, { type: 'string', airbyte_secret: true, minLength: 1, ...textKeywords(options) });
}

/** A text that is an absolute URL of http or https. */
export function url<const Options extends SettingOptions<string> & { readonly default?: string }>(
  options: Options,
): Setting<string, HasOf<Options>> {
  const form = { pattern: '^https?://[^\\s/?#]+[^\\s]*$', pattern_descriptor: 'https://example.com' };
  return setting(options, { type: 'string', format: 'uri', ...form, ...defaultOf(options.default) });
}

/** Of an {@link integer}. Both ends belong to the range. */
export interface IntegerOptions extends SettingOptions<number> {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: number;
}

/** A whole number. */
export function integer<const Options extends IntegerOptions>(options: Options): Setting<number, HasOf<Options>> {
  const { minimum, maximum } = options;
  return setting(options, {
    type: 'integer',
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    ...defaultOf(options.default),
  });
}

/** A time with a time zone, RFC 3339, such as `2025-01-31T00:00:00Z`; in the config as it was typed. */
export function dateTime<const Options extends SettingOptions<string>>(
  options: Options,
): Setting<string, HasOf<Options>> {
  return setting(
    { examples: ['2025-01-31T00:00:00Z'], ...options },
    {
      type: 'string',
      format: 'date-time',
      pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
      pattern_descriptor: 'YYYY-MM-DDTHH:mm:ssZ',
    },
  );
}

/** A list of texts, none of them empty. */
export function list<const Options extends SettingOptions<readonly string[]>>(
  options: Options,
): Setting<readonly string[], HasOf<Options>> {
  return setting(options, { type: 'array', items: { type: 'string', minLength: 1 } });
}

/** One of the groups of settings that a {@link oneOf} offers. */
export interface Choice {
  readonly title: string;
  readonly settings: Settings;
}

/** Of a {@link oneOf}. */
export interface OneOfOptions extends SettingOptions<never> {
  /** The key in the config that says which choice was made. */
  readonly by: string;
  /** By the value of that key. */
  readonly choices: Readonly<Record<string, Choice>>;
}

type ChosenOf<Options extends OneOfOptions> = {
  [Key in keyof Options['choices']]: Flat<
    { readonly [By in Options['by']]: Key } & ConfigOf<Options['choices'][Key]['settings']>
  >;
}[keyof Options['choices']];

/** A choice between groups of settings, such as ways to authenticate: in the config one object, a union by `by`. */
export function oneOf<const Options extends OneOfOptions>(
  options: Options,
): Setting<ChosenOf<Options>, HasOf<Options>> {
  const choices = Object.entries(options.choices).map(([value, { title, settings }]) => ({
    title,
    ...objectSchema({ [options.by]: constant(value), ...settings }),
  }));
  return setting(options, { type: 'object', oneOf: choices });
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
  options: SettingOptions<unknown> & { readonly default?: unknown },
  keywords: JsonObject,
): Setting<Value, Has> {
  const { title, description, examples, optional, alwaysShow } = options;
  return {
    required: optional !== true && options.default === undefined,
    schema: {
      title,
      description,
      ...(examples === undefined ? {} : { examples }),
      ...(alwaysShow === undefined ? {} : { always_show: alwaysShow }),
      ...keywords,
    },
  };
}

function textKeywords({ pattern, patternDescriptor, multiline, default: value }: TextOptions): JsonObject {
  return {
    ...(pattern === undefined ? {} : { pattern }),
    ...(patternDescriptor === undefined ? {} : { pattern_descriptor: patternDescriptor }),
    ...(multiline === undefined ? {} : { multiline }),
    ...defaultOf(value),
  };
}

const defaultOf = (value: unknown): JsonObject => (value === undefined ? {} : { default: value });
