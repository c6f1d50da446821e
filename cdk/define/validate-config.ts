import { ConfigError } from '../src/errors';
import { isJsonObject } from '../src/json-text';
import type { ConnectorSpecification, JsonObject } from '../src/protocol';
import { isMeant, schemaViolation } from './schema-violation';
import { violationSentence } from './violation-sentence';

/**
 * The user's settings, checked against the spec, with its defaults where nothing is set. For sources that keep their
 * spec as a file; others have it from `defineSpec`.
 * @throws ConfigError that names the setting by its title and says what to type; never a value, which may be a secret
 *   pasted into the wrong field
 */
export function validateConfig(
  spec: Pick<ConnectorSpecification, 'connectionSpecification'>,
  json: JsonObject,
): JsonObject {
  const config = withDefaults(spec.connectionSpecification, json);
  refuseInvalid(spec.connectionSpecification, config);
  return config;
}

/** @throws ConfigError as {@link validateConfig} */
export function refuseInvalid(schema: JsonObject, config: JsonObject): void {
  const violation = schemaViolation(schema, config);
  if (violation !== undefined) throw new ConfigError(violationSentence(schema, violation));
}

/** Settings without a value get the default of their schema, also in the options of a `oneOf`. */
export function withDefaults(schema: JsonObject, json: JsonObject): JsonObject {
  const config: Record<string, unknown> = { ...json };
  for (const [key, property] of propertiesOf(schema, json)) {
    const value = config[key] ?? property['default'];
    const whole = isJsonObject(value) ? withDefaults(property, value) : value;
    // Neither an absent setting nor one that is null comes into the config.
    if (whole === undefined || whole === null) Reflect.deleteProperty(config, key);
    else config[key] = whole;
  }
  return config;
}

function propertiesOf(schema: JsonObject, json: JsonObject): readonly (readonly [string, JsonObject])[] {
  const options: readonly unknown[] = Array.isArray(schema['oneOf']) ? schema['oneOf'] : [];
  const chosen = options.filter(isJsonObject).find((option) => isMeant(option, json));
  return [schema, chosen].flatMap((part) =>
    part !== undefined && isJsonObject(part['properties'])
      ? Object.entries(part['properties']).flatMap(([key, property]) =>
          isJsonObject(property) ? [[key, property] as const] : [],
        )
      : [],
  );
}
