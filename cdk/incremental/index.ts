export { compactId, compareIds, type CompactId } from './compact-id';
export { DeliveredIds, type DeliveredIdsJson } from './delivered-ids';
export { IdSet } from './id-set';
export { inOrder, type InOrderOptions, type SliceReading } from './in-order';
export {
  afterLast,
  linkHeader,
  nextCursor,
  nextLink,
  offset,
  pageNumber,
  type AfterLastOptions,
  type ArrivedPage,
  type LinkOptions,
  type NextPage,
  type OffsetOptions,
  type PageNumberOptions,
  type PageRequest,
} from './next-page';
export { paginate, type PaginateOptions } from './paginate';
export { childStream, type ChildStreamOptions } from './child-stream';
export { type CursorValue } from './cursor-kind';
export { type ReadRange, type SliceOptions } from './slices';
export { stream } from './stream';
export { type CursorOptions, type StreamOptions } from './stream-options';
export { LookbackCursor, MAX_ID_CHARACTERS, type LookbackPosition, type LookbackProgress } from './lookback-cursor';
