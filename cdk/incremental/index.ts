export {
  type AnyCursorKind,
  type CursorKind,
  type CursorKindName,
  type CursorScale,
  type CursorValue,
  type CursorValueOf,
} from './cursor-kind';
export { type CursorRange } from './cursor-position';
export { type SliceOptions } from './cursor-read';
export { DeliveredIds, MAX_ID_CHARACTERS, type DeliveredIdsJson } from './delivered-ids';
export { compactId, compareIds, IdSet, type CompactId } from './ids';
export { inOrder, type InOrderOptions, type SliceReading } from './in-order';
export * from './lookback-cursor';
export * from './next-page';
export { paginate, type Pages, type PaginateOptions } from './paginate';
export { type Missing, type PartitionKey, type Partitions } from './partitions';
export * from './stream';
