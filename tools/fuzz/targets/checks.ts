import { ok } from 'node:assert/strict';
import { ConfigError } from '../../../cdk/src/errors';

/** What the clock of all targets shows, epoch ms. */
export const NOW = Date.UTC(2026, 0, 15, 12);

/** Undefined where it is no JSON. */
export function parsed(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/**
 * What a piece of the program makes of an input; undefined where it refuses it with the error that is documented.
 * @throws Error for any other error, and for a message that is empty
 */
export function unlessRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    checkRefusal(error);
    return undefined;
  }
}

/** {@link unlessRefused} for what takes time. */
export async function unlessRefusedLater<T>(make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    checkRefusal(error);
    return undefined;
  }
}

function checkRefusal(error: unknown): void {
  if (!(error instanceof ConfigError)) throw error;
  ok(/^[A-Z].*\.$/s.test(error.message), `no sentence: ${error.message}`);
}
