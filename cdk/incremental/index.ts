export { inOrder, type InOrderOptions, type SliceReading } from './in-order';
export {
  linkHeader,
  nextCursor,
  nextLink,
  offset,
  pageNumber,
  type ArrivedPage,
  type NextPage,
  type OffsetOptions,
  type PageNumberOptions,
  type PageRequest,
  type Query,
} from './next-page';
export { paginate, type PaginateOptions } from './paginate';
