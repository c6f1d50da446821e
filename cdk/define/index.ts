export { defineSource, type SourceDefinition } from './define-source';
export { defineSpec, type Spec, type SpecOptions } from './define-spec';
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
export { validateConfig } from './validate-config';
