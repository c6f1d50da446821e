import { ConfigError } from '../src/errors';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';
import { stepsOf, valueAt, type SchemaError, type Validator } from './validator';

/** What a setting must be and what to type, by its key; follows the title in a message: `must be a date. Type ...` */
export type SettingRules = Readonly<Partial<Record<string, string>>>;

/** The JSON Schema of a source's settings: makes a typed config of what a user has typed, or says what is wrong with it. */
export class ConfigSchema<Config> {
  readonly #schema: JsonObject;
  readonly #isConfig: Validator<Config>;
  readonly #rules: SettingRules;

  /**
   * @param schema the spec's `connectionSpecification`
   * @param isConfig made of this schema; called with what has the defaults filled in
   * @param rules say more than what is made of the schema
   */
  constructor(schema: JsonObject, isConfig: Validator<Config>, rules: SettingRules = {}) {
    this.#schema = schema;
    this.#isConfig = isConfig;
    this.#rules = rules;
  }

  /**
   * The user's settings, with defaults where nothing is set. Null is the same as absent.
   * @throws ConfigError that names the setting by its title and says what to type; never a value, which may be a secret
   */
  parse(json: JsonObject): Config {
    const config = withDefaults(this.#schema, json);
    if (this.#isConfig(config)) return config;
    const error = mostTelling(this.#schema, config, this.#isConfig.errors ?? []);
    if (error === undefined) throw new Error('The validator refuses a config and does not say why.');
    const violation = violationOf(this.#schema, error);
    const { key, keyword, name } = violation;
    const rule = this.#rules[key];
    if (rule === undefined) throw new ConfigError(sentenceOf(violation));
    throw keyword === 'required' ? new ConfigError(`${name} is missing: it ${rule}`) : this.refusal(key);
  }

  /** What to throw for the setting `key`, which fits the schema, and still is not valid. */
  refusal(key: string, cause?: unknown): ConfigError {
    const title = titleOf(schemaAt(this.#schema, ['properties', key]), key);
    return new ConfigError(`${title} ${this.#rules[key] ?? 'is not valid.'}`, { cause });
  }
}

/** Settings without a value get the default of their schema, also in the options of a `oneOf`. */
function withDefaults(schema: JsonObject, json: JsonObject): JsonObject {
  const config: Record<string, unknown> = { ...json };
  const chosen = optionsOf(schema['oneOf']).find((option) => isMeant(option, json));
  for (const part of chosen === undefined ? [schema] : [schema, chosen]) {
    for (const key of Object.keys(schemaAt(part, ['properties']))) {
      const property = schemaAt(part, ['properties', key]);
      const value = config[key] ?? property['default'];
      const whole = isJsonObject(value) ? withDefaults(property, value) : value;
      // Neither an absent setting nor one that is null comes into the config.
      if (whole === undefined || whole === null) Reflect.deleteProperty(config, key);
      else config[key] = whole;
    }
  }
  return config;
}

/** Whether a value has the constants of an option. */
function isMeant(option: JsonObject, value: unknown): boolean {
  if (!isJsonObject(option['properties'])) return true;
  if (!isJsonObject(value)) return false;
  return Object.keys(option['properties']).every((key) => {
    const { const: constant = value[key] } = schemaAt(option, ['properties', key]);
    return constant === value[key];
  });
}

/**
 * The error that says most: of those of a `oneOf` or `anyOf` the one in the option whose constants the value has, where
 * there is one such option. Where several values don't fit, the last error is about the outermost.
 */
function mostTelling(schema: JsonObject, config: JsonObject, errors: readonly SchemaError[]): SchemaError | undefined {
  const last = errors.at(-1);
  if (last?.keyword !== 'oneOf' && last?.keyword !== 'anyOf') return last;
  const options = optionsOf(valueAt(schema, schemaSteps(last.schemaPath)));
  const value = valueAt(config, stepsOf(last.instancePath));
  const meant = options.flatMap((option, index) => (isMeant(option, value) ? [`${last.schemaPath}/${index}/`] : []));
  const inside = meant.length === 1 ? errors.filter(({ schemaPath }) => schemaPath.startsWith(meant.join(''))) : [];
  return mostTelling(schema, config, inside) ?? last;
}

/** Keywords whose members are schemas. */
const OF_SCHEMAS = ['properties', 'patternProperties', 'dependencies', 'oneOf', 'anyOf', 'allOf'];

/**
 * What does not fit the schema: the key of the outermost setting; its name, such as `Client Secret (Authentication)` or
 * `User IDs, item 2,`; and the keyword that it does not fit of its own schema.
 */
function violationOf(schema: JsonObject, { instancePath, schemaPath, keyword, params }: SchemaError) {
  const keys = stepsOf(instancePath);
  let [key = ''] = keys;
  const titles: string[] = [];
  let item = '';
  let place = schema;
  for (const steps = schemaSteps(schemaPath).slice(0, -1); steps.length > 0;) {
    const into = steps.splice(0, OF_SCHEMAS.includes(steps[0] ?? '') ? 2 : 1);
    place = schemaAt(place, into);
    if (into[0] === 'items') item = `, item ${Number(keys.shift()) + 1},`;
    else if (/properties$/i.test(into[0] ?? '')) titles.push(titleOf(place, keys.shift() ?? ''));
  }
  const child = params['missingProperty'] ?? params['additionalProperty'];
  if (typeof child === 'string') {
    place = schemaAt(place, ['properties', child]);
    titles.push(titleOf(place, child));
    if (key === '') key = child;
  }
  const own = titles.pop() ?? '';
  const name = titles.length === 0 ? `${own}${item}` : `${own} (${titles.join(', ')})${item}`;
  return { key, name, keyword, schema: place };
}

const schemaSteps = (path: string): string[] => stepsOf(decodeURIComponent(path));

function schemaAt(schema: JsonObject, steps: readonly string[]): JsonObject {
  const found = valueAt(schema, steps);
  return isJsonObject(found) ? found : {};
}

const itemsOf = (listed: unknown): readonly unknown[] => (Array.isArray(listed) ? listed : []);

const optionsOf = (listed: unknown): readonly JsonObject[] => itemsOf(listed).filter(isJsonObject);

const titleOf = ({ title }: JsonObject, key: string): string => (typeof title === 'string' ? title : key);

/** What is wrong with a setting and what to type instead, for who fills in the form, without its value. */
function sentenceOf({ name, keyword, schema }: ReturnType<typeof violationOf>): string {
  if (name === '') return 'The configuration must be a JSON object of settings.';
  const problem = PROBLEMS[keyword]?.(schema[keyword]) ?? 'is not valid';
  return `${name} ${problem}. ${whatToType(schema)}`.trimEnd();
}

/** What is wrong with a value, by the keyword of its schema that it does not fit. */
const PROBLEMS: Readonly<Record<string, (wanted: unknown) => string>> = {
  required: () => 'is missing',
  type: (wanted) => `must be ${typeName(wanted)}`,
  format: (wanted) => FORMATS[String(wanted)] ?? 'is not valid',
  minLength: (wanted) => (wanted === 1 ? 'must not be empty' : `must be at least ${String(wanted)} characters long`),
  maxLength: (wanted) => `must be at most ${String(wanted)} characters long`,
  minimum: (wanted) => `must be at least ${String(wanted)}`,
  maximum: (wanted) => `must be at most ${String(wanted)}`,
  minItems: (wanted) => `must have at least ${String(wanted)} items`,
  maxItems: (wanted) => `must have at most ${String(wanted)} items`,
  pattern: () => 'does not have the right form',
};

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': 'must be a date and time that exists, with a time zone',
  date: 'must be a date that exists',
  uri: 'must be a URL',
};

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
};

function typeName(type: unknown): string {
  return [type]
    .flat()
    .map((name) => TYPES[String(name)] ?? String(name))
    .join(' or ');
}

/** What to type, from what the spec knows: the choices, the range, the form, or an example. */
function whatToType(schema: JsonObject): string {
  const { enum: values, oneOf, minimum, maximum, pattern_descriptor: form, examples } = schema;
  const choices: readonly unknown[] = [...itemsOf(values), ...optionsOf(oneOf).map(({ title }) => title)];
  if (choices.length > 0) return `Choose one of: ${choices.map(String).join(', ')}.`;
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    return `Type ${typeName(schema['type'])} from ${minimum} to ${maximum}.`;
  }
  if (typeof form === 'string') return `Type it like ${form}.`;
  const [example] = itemsOf(examples);
  const isShown = schema['airbyte_secret'] !== true && (typeof example === 'string' || typeof example === 'number');
  return isShown ? `Type for example ${example}.` : '';
}
