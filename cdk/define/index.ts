export { ConfigSchema, type SettingRules } from './config-schema';
export * from './settings';
export { defineSource, defineSpec, type SourceDefinition, type Spec, type SpecOptions } from './define-spec';
export { compileSchema, isDate, type SchemaError, type Validator } from './validator';
