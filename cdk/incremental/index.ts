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
export { LookbackCursor, type LookbackPosition, type LookbackProgress } from './lookback-cursor';
export {
  afterLast,
  linkHeader,
  nextCursor,
  nextLink,
  offset,
  pageNumber,
  sinceLast,
  type AfterLastOptions,
  type ArrivedPage,
  type LinkOptions,
  type NextPage,
  type OffsetOptions,
  type PageNumberOptions,
  type PageRequest,
  type SinceLastOptions,
} from './next-page';
export { paginate, type Pages, type PaginateOptions } from './paginate';
export { type Missing, type PartitionKey, type Partitions } from './partitions';
export {
  childStream,
  keysOf,
  stream,
  type ChildStreamOptions,
  type CursorOptions,
  type ReadRange,
  type StreamOptions,
} from './stream';
