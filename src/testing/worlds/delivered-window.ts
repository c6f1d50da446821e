import type { AirbyteMessage, JsonObject } from '@airbyte/cdk-typescript-compat';

/** Records and the STATE that covers them. */
export interface DeliveredWindow {
  readonly ids: readonly string[];
  readonly timestamps: readonly string[];
  readonly state: JsonObject;
}

/**
 * The windows of a sync's output. A STATE that is sent again while nothing is read for long does not cover what came
 * before it: it doesn't name the last record.
 */
export function deliveredWindows(messages: readonly AirbyteMessage[]): DeliveredWindow[] {
  const windows: DeliveredWindow[] = [];
  let [ids, timestamps]: [string[], string[]] = [[], []];
  for (const message of messages) {
    if (message.type === 'RECORD') {
      ids.push(String(message.record.data['id']));
      timestamps.push(String(message.record.data['timestamp']));
    }
    if (message.type !== 'STATE') continue;
    const state = message.state.stream.stream_state;
    // Before the first one that names a position, a sign of life says that there is none.
    if (!('recent_from' in state) || (ids.length > 0 && state['id'] !== ids.at(-1))) continue;
    windows.push({ ids, timestamps, state });
    [ids, timestamps] = [[], []];
  }
  return windows;
}
