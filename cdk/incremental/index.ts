export { compactId, compareIds, type CompactId } from './compact-id';
export { DeliveredIds, type DeliveredIdsJson } from './delivered-ids';
export { inOrder, type InOrderOptions, type SliceReading } from './in-order';
export { LookbackCursor, type DeliveredWindow, type LookbackPosition } from './lookback-cursor';
