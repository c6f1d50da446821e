import { describe, expect, test } from '@jest/globals';
import type { AirbyteMessage, StreamStatus } from '../../src/protocol';
import { readProblems, type Ending } from './read-rules';

const record: AirbyteMessage = { type: 'RECORD', record: { stream: 'cats', data: { id: 1 }, emitted_at: 0 } };
const empty: AirbyteMessage = { type: 'RECORD', record: { stream: 'cats', data: {}, emitted_at: 0 } };
const state = (recordCount: number, stream_state: object = { at: 1 }): AirbyteMessage => ({
  type: 'STATE',
  state: {
    type: 'STREAM',
    stream: { stream_descriptor: { name: 'cats' }, stream_state: { ...stream_state } },
    sourceStats: { recordCount },
  },
});
const status = (name: StreamStatus): AirbyteMessage => ({
  type: 'TRACE',
  trace: { type: 'STREAM_STATUS', emitted_at: 0, stream_status: { stream_descriptor: { name: 'cats' }, status: name } },
});
const error: AirbyteMessage = {
  type: 'TRACE',
  trace: { type: 'ERROR', emitted_at: 0, error: { message: 'No.', failure_type: 'system_error' } },
};
const [STARTED, RUNNING, COMPLETE, INCOMPLETE] = (['STARTED', 'RUNNING', 'COMPLETE', 'INCOMPLETE'] as const).map(
  status,
) as [AirbyteMessage, AirbyteMessage, AirbyteMessage, AirbyteMessage];

describe('readProblems', () => {
  test.each<[string, Ending, readonly AirbyteMessage[]]>([
    ['a read of records', 'complete', [STARTED, RUNNING, record, record, state(2), COMPLETE]],
    ['a read of nothing', 'complete', [STARTED, state(0), COMPLETE]],
    ['a read that failed', 'failed', [STARTED, RUNNING, record, state(1), INCOMPLETE, error]],
    ['a read that was stopped', 'stopped', [STARTED, RUNNING, record, state(1), INCOMPLETE]],
    ['a read that waited for a rate limit', 'complete', [STARTED, RUNNING, RUNNING, record, state(1), COMPLETE]],
  ])('finds nothing wrong with %s', (_, ending, messages) => {
    expect(readProblems(messages, ending)).toEqual([]);
  });

  test.each<[string, Ending, readonly AirbyteMessage[]]>([
    ['a record comes while it is not RUNNING', 'complete', [STARTED, record, state(1), COMPLETE]],
    ['a record is empty', 'complete', [STARTED, RUNNING, empty, state(1), COMPLETE]],
    ['a state counts 2 records of 1', 'complete', [STARTED, RUNNING, record, state(2), COMPLETE]],
    ['a state is empty', 'complete', [STARTED, state(0, {}), COMPLETE]],
    ['no state follows its last record', 'complete', [STARTED, RUNNING, state(0), record, COMPLETE]],
    ['it has no state', 'complete', [STARTED, COMPLETE]],
    ['it ends as RUNNING', 'complete', [STARTED, RUNNING, record, state(1)]],
    ['it ends as RUNNING', 'stopped', [STARTED, RUNNING, record, state(1)]],
    ['RUNNING follows nothing', 'complete', [RUNNING, record, state(1), COMPLETE]],
    ['RUNNING follows COMPLETE', 'complete', [STARTED, state(0), COMPLETE, RUNNING, COMPLETE]],
  ])('finds that %s', (problem, ending, messages) => {
    expect(readProblems(messages, ending)).toContain(`Stream cats: ${problem}.`);
  });

  test.each<[string, Ending, readonly AirbyteMessage[]]>([
    ['A read that ended as "failed" has 0 TRACE ERRORs.', 'failed', [STARTED, state(0), INCOMPLETE]],
    ['A read that ended as "complete" has 1 TRACE ERRORs.', 'complete', [STARTED, state(0), COMPLETE, error]],
    ['There is a SPEC.', 'complete', [{ type: 'SPEC', spec: { connectionSpecification: {} } }]],
  ])('says: %s', (problem, ending, messages) => {
    expect(readProblems(messages, ending)).toContain(problem);
  });
});
