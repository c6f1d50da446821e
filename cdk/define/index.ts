export { ConfigSchema, type SettingRules } from './config-schema';
export {
  dateTime,
  integer,
  list,
  oneOf,
  secret,
  text,
  url,
  type Choice,
  type ConfigOf,
  type IntegerOptions,
  type OneOfOptions,
  type Presence,
  type Setting,
  type SettingOptions,
  type Settings,
  type TextOptions,
} from './settings';
export { defineSource, defineSpec, type SourceDefinition, type Spec, type SpecOptions } from './define-spec';
export { compileSchema, isDate, type SchemaError, type Validator } from './validator';
