import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import { PageTooHeavyError } from '../tines/errors';

/**
 * Asks for half as many entries on a page again and again, as long as pages are too large or too slow.
 * @throws ConnectorError transient_error when a single entry is, and whatever else `attempt` throws
 */
export async function withLighterPages<T>(perPage: number, attempt: (perPage: number) => Promise<T>): Promise<T> {
  for (let size = perPage; ; size = halfOf(size)) {
    try {
      return await attempt(size);
    } catch (error) {
      if (!(error instanceof PageTooHeavyError)) throw error;
      if (size <= 1) throw oneEntryTooHeavy(error);
    }
  }
}

/** The next smaller page. */
export const halfOf = (perPage: number): number => Math.max(1, Math.floor(perPage / 2));

/** Less than one entry can't be asked for. */
export function oneEntryTooHeavy(cause: PageTooHeavyError): ConnectorError {
  return new ConnectorError(
    'A single audit log entry is too large or takes too long to be read. The sync goes on from its last state when Airbyte tries again; if this lasts, find the entry in Tines by the time in the log.',
    'transient_error',
    { cause },
  );
}
