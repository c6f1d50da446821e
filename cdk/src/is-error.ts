import { isNativeError } from 'node:util/types';

/**
 * Tells an error from whatever else can be thrown. A DOMException, with which `fetch` and `AbortSignal.timeout` end, is
 * one, too, though Node's `isNativeError` says no; `instanceof` alone would miss the errors of another realm.
 */
export function isError(value: unknown): value is Error {
  return (
    isNativeError(value) || value instanceof Error || Object.prototype.toString.call(value) === '[object DOMException]'
  );
}
