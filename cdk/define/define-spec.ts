import type { ConnectorSpecification, JsonObject } from '../src/protocol';
import type { CommandContext, Source } from '../src/source';
import { ConfigSchema } from './config-schema';
import { objectSchema, type ConfigOf, type Settings } from './settings';
import { compileSchema } from './validator';

/** What the user can configure, and how it becomes a typed config. */
export interface Spec<Config> {
  readonly specification: ConnectorSpecification;
  /**
   * Checks the user's JSON and fills in defaults.
   * @throws ConfigError that names the setting by its title and says what to type
   */
  parse(json: JsonObject): Promise<Config>;
}

/** What a spec is made of: its settings, and whatever else the response of `spec` says. */
export interface SpecOptions<S extends Settings> extends Omit<ConnectorSpecification, 'connectionSpecification'> {
  /** Heading of the form, such as `Help Desk Source Spec`. */
  readonly title: string;
  /** In the order of the form. */
  readonly settings: S;
  /** What messages say of a setting in place of what is made of its schema. */
  readonly rules?: { readonly [Key in keyof S]?: string };
}

/** A spec from its settings: the JSON Schema of the form, the checks, and the type of the config, {@link ConfigOf}. */
export function defineSpec<const S extends Settings>(options: SpecOptions<S>): Spec<ConfigOf<S>> {
  const { title, settings, rules, ...rest } = options;
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', title, ...objectSchema(settings) };
  return {
    specification: { ...rest, connectionSpecification: schema },
    parse: async (json) => new ConfigSchema(schema, await compileSchema<ConfigOf<S>>(schema), rules).parse(json),
  };
}

/** What makes a source. */
export interface SourceDefinition<Config> extends Pick<Source<Config>, 'streams' | 'missingStreams'> {
  readonly spec: Spec<Config>;
  /**
   * Tries the config out, with one small request.
   * @throws ConnectorError that says why it doesn't work
   */
  readonly check: (config: Config, context: CommandContext) => Promise<void>;
}

/** A source for `launch`, whose settings are checked against its spec before anything else happens. */
export function defineSource<Config>({ spec, check, ...streams }: SourceDefinition<Config>): Source<Config> {
  return {
    ...streams,
    spec: () => spec.specification,
    parseConfig: (json) => spec.parse(json),
    check: async (config, context) => {
      await check(config, context);
      return { status: 'SUCCEEDED' };
    },
  };
}
