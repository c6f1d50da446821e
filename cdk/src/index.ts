export * from '../define';
export { systemClock, type Clock } from './clock';
export { ConfigError, ConnectorError } from './errors';
export { escapeLineSeparators, isJsonObject, LINE_SEPARATORS, MAX_LEVELS, replacedText } from './json-text';
export { launch, type Host, type Program, type StopSignal } from './launch';
export type * from './protocol';
export { isRefresh } from './source';
export type { CommandContext, Log, OpenRequest, ReadContext, Source, Stream, StreamItem, StreamReader } from './source';
