import { ConnectorError } from '@airbyte/cdk-typescript-compat';

/**
 * A request that asks for more than Tines, or something in front of it, can give: a smaller one may work. Its message is
 * for the case that nothing smaller can be asked for.
 */
export class TooHeavyError extends ConnectorError {
  /** @param cause what the request met: a status, a deadline, a body too large */
  constructor(cause: Error) {
    super(
      `Tines can't answer one request (${cause.message}), although it answers others. Ask whoever runs the tenant, or the proxy in front of it, for its limits of time and size. A sync goes on from its last state when Airbyte tries again.`,
      'transient_error',
      { cause },
    );
    this.name = 'TooHeavyError';
  }
}

/** A page number beyond the first that the server refuses: behind the last page, or deeper than it goes. */
export class NoSuchPageError extends Error {
  constructor(readonly status: number) {
    super(`Tines answered ${status} to a page number`);
    this.name = 'NoSuchPageError';
  }
}
