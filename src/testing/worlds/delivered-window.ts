import type { AirbyteMessage, JsonObject } from '@airbyte/cdk-typescript-compat';

/** Records and the STATE that covers them: those of one window or of several. */
export interface DeliveredWindow {
  readonly ids: readonly string[];
  readonly state: JsonObject;
}

/**
 * What the STATEs of a sync's output cover. A STATE that is sent again while nothing is read for long does not cover what came
 * before it: it doesn't name the last record.
 */
export function deliveredWindows(messages: readonly AirbyteMessage[]): DeliveredWindow[] {
  const windows: DeliveredWindow[] = [];
  let ids: string[] = [];
  for (const message of messages) {
    if (message.type === 'RECORD') ids.push(String(message.record.data['id']));
    if (message.type !== 'STATE') continue;
    const state = message.state.stream.stream_state;
    // Before the first one that names a position, a sign of life says that there is none.
    if (!('recent_from' in state) || (ids.length > 0 && state['id'] !== ids.at(-1))) continue;
    windows.push({ ids, state });
    ids = [];
  }
  return windows;
}
