export { inOrder, type InOrderOptions, type SliceReading } from './in-order';
