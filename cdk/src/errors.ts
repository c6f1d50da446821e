import { isNativeError } from 'node:util/types';
import type { FailureType } from './protocol';

/**
 * An error that the user is meant to see. `message` is one sentence or two in the user's words, with what to do
 * next; it must never hold a secret or a record's contents. Whatever is thrown that is not a `ConnectorError` is a
 * fault of the program and becomes a system_error.
 */
export class ConnectorError extends Error {
  override name = 'ConnectorError';
  /** Who has to act: see {@link FailureType}. */
  readonly failureType: FailureType;
  /** For the log: the technical cause. Defaults to the message of `cause`. */
  readonly internalMessage: string | undefined;

  constructor(message: string, failureType: FailureType, { internalMessage, cause }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.failureType = failureType;
    this.internalMessage = internalMessage ?? (isError(cause) ? cause.message : undefined);
  }
}

interface Details {
  readonly internalMessage?: string;
  readonly cause?: unknown;
}

/** A {@link ConnectorError} that only the user can mend: settings, state file, catalog, permissions. */
export class ConfigError extends ConnectorError {
  override name = 'ConfigError';

  constructor(message: string, details: Details = {}) {
    super(message, 'config_error', details);
  }
}

/**
 * Tells an error from whatever else can be thrown. A DOMException, with which `fetch` and `AbortSignal.timeout` end, is
 * one, too, though Node's `isNativeError` says no; `instanceof` alone would miss the errors of another realm.
 */
export function isError(value: unknown): value is Error {
  return (
    isNativeError(value) || value instanceof Error || Object.prototype.toString.call(value) === '[object DOMException]'
  );
}
