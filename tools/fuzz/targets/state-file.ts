import { equal, ok } from 'node:assert/strict';
import { readStateFile } from '../../../cdk/src/input/state-file';
import { isJsonObject } from '../../../cdk/src/json-text';
import { isSame } from '../../../cdk/src/source';
import type { FuzzTarget } from '../engine/target';
import { unlessRefusedLater } from './checks';

/** The file that the platform hands over: each stream comes once, with an object for a state. */
export const stateFile: FuzzTarget = {
  name: 'state-file',
  maxBytes: 8192,
  tokens: ['"STREAM"', '"GLOBAL"', '"LEGACY"', '"__ab_no_cursor_state_message"', '"__proto__"', '"constructor"'],
  async run(input) {
    const readFile = (): Promise<string> => Promise.resolve(input.toString('utf8'));
    const states = await unlessRefusedLater(() => readStateFile('state.json', readFile, ['audit_logs']));
    for (const { stream, state } of states ?? []) {
      equal(typeof stream.name, 'string');
      ok(state === undefined || isJsonObject(state), 'a state that is no object');
      equal(states?.filter((other) => isSame(other.stream, stream)).length, 1);
    }
  },
};
