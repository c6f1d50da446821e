import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import { formatSeconds } from './time';
import { outlookText, RetryableError } from '@airbyte/cdk-typescript-compat/http';

/**
 * A request that Tines, or something in front of it, does not answer: it asks for too much, or for an entry that is
 * disliked. A smaller one may be answered. The message is for the case that nothing smaller can be asked for.
 */
export class TooLargeError extends ConnectorError {
  /** Whether other requests were answered. */
  readonly hasAnswered: boolean;
  /** Whether the response itself was too large, or said so: no outage can be the cause. */
  readonly isCertain: boolean;

  /**
   * @param cause what the request met: a status, a deadline, a body too large
   * @param context whether other requests were answered, and whether it was sent by a sync
   */
  constructor(cause: Error, { hasAnswered, isSync }: { readonly hasAnswered: boolean; readonly isSync: boolean }) {
    super(
      `Tines can't answer one request (${cause.message})${hasAnswered ? ', although it answers others' : ''}. Ask whoever runs the tenant, or the proxy in front of it, for its limits of time and size. ${outlookText(isSync)}.`,
      'transient_error',
      { cause },
    );
    this.name = 'TooLargeError';
    this.hasAnswered = hasAnswered;
    this.isCertain = !(cause instanceof RetryableError);
  }
}

/**
 * A page beyond the first that is refused. It may lie after the last one, deeper than the server goes, or have something
 * on it that is disliked.
 */
export class PageRefusedError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`Tines answered ${status} to a page number`);
    this.name = 'PageRefusedError';
    this.status = status;
  }
}

/** A second with a row that the server can't give, even alone. */
export class UnreadableSecondError extends ConnectorError {
  /** @param second epoch s */
  constructor(
    readonly second: number,
    cause: Error,
  ) {
    const reason = cause.cause instanceof Error ? ` (${cause.cause.message})` : '';
    super(
      `Tines can't give an entry of the second ${formatSeconds(second)}, or of the one next to it${reason}: it fails, is refused or is too large, even when it is asked for alone, while other requests are answered. Everything older was delivered. ${remedyAfter(second)}; tell Tines' support, or whoever runs what is in front of the tenant, about the entry.`,
      'transient_error',
      { cause },
    );
    this.name = 'UnreadableSecondError';
  }
}

/** For a second with more entries than are buffered. @param second epoch s */
export function secondTooLargeError(second: number): ConnectorError {
  return new ConnectorError(
    `The second ${formatSeconds(second)} has more entries than this connector can buffer, or Tines returns ever new pages for it. Everything older was delivered. ${remedyAfter(second)}; please report this with the log.`,
    'system_error',
  );
}

/** A range from the next second on is asked for a second wider, and returns the entry again. */
const remedyAfter = (second: number): string =>
  `To go on without what is left of that second and the next, set the state of audit_logs in Airbyte to {"timestamp": "${formatSeconds(second + 2)}"}`;

/** For a server that counts entries, and doesn't return them however often it is asked. @param from epoch s */
export function fewerReturnedError(from: number): ConnectorError {
  return new ConnectorError(
    `Tines returns far fewer entries from ${formatSeconds(from)} on than it counted when the sync began. Everything older was delivered. A sync goes on from its last state when Airbyte tries again; if this stays so, ask Tines' support, or whoever runs the tenant, whether a part of its log store is down.`,
    'transient_error',
  );
}
