import type { ConnectorSpecification, JsonObject } from '../src/protocol';
import { objectSchema, type ConfigOf, type Settings } from './settings';
import { refuseInvalid, withDefaults } from './validate-config';

/** What the user can configure, and how it becomes a typed config. */
export interface Spec<Config> {
  /** The answer of `spec`. */
  readonly specification: ConnectorSpecification;
  /**
   * Checks the user's JSON and fills in defaults.
   * @throws ConfigError that names the setting by its title and says what to type
   */
  parse(json: JsonObject): Config;
}

/** What a spec is made of: its settings, and whatever else the answer of `spec` says. */
export interface SpecOptions<S extends Settings> extends Omit<ConnectorSpecification, 'connectionSpecification'> {
  /** Heading of the form, such as `Help Desk Source Spec`. */
  readonly title: string;
  /** In the order of the form. */
  readonly settings: S;
}

/** A spec from its settings: the JSON Schema of the form, the checks, and the type of the config, {@link ConfigOf}. */
export function defineSpec<const S extends Settings>(options: SpecOptions<S>): Spec<ConfigOf<S>> {
  const { title, settings, ...rest } = options;
  const $schema = 'http://json-schema.org/draft-07/schema#';
  const schema: JsonObject = { $schema, title, ...objectSchema(settings) };
  return {
    specification: { ...rest, connectionSpecification: schema },
    parse: (json) => {
      const config = withDefaults(schema, json);
      assertConfigOf<S>(config, schema);
      return config;
    },
  };
}

/** What fits the schema has the type: both are made from the same settings. */
function assertConfigOf<S extends Settings>(
  config: JsonObject,
  schema: JsonObject,
): asserts config is JsonObject & ConfigOf<S> {
  refuseInvalid(schema, config);
}
