import type { JsonObject } from './protocol';

/**
 * A state that says nothing but that there is none. Airbyte's Python CDK writes the same (`NO_CURSOR_STATE_KEY`): the
 * platform takes no STATE for a sign of life, or for the end of a stream, that is empty.
 */
export const NO_STATE: JsonObject = { __ab_no_cursor_state_message: true };

/** Whether a state says that there is none: it is empty, or {@link NO_STATE}. */
export function saysNothing(state: JsonObject): boolean {
  return Object.keys(state).every((key) => Object.hasOwn(NO_STATE, key));
}
