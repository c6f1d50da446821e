import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import { outlookText } from '@airbyte/cdk-typescript-compat/http';

/**
 * A request that Tines, or something in front of it, does not answer: it asks for too much, or for an entry that is
 * disliked. A smaller one may be answered. The message is for the case that nothing smaller can be asked for.
 */
export class TooLargeError extends ConnectorError {
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
