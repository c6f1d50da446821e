import { describe, expect, test } from '@jest/globals';
import type { AirbyteMessage } from '@airbyte/cdk-typescript-compat';
import { checkLine, checkRead, type Ending } from './protocol-check';

const AT = 1_770_000_000_000;
const data = { id: '1', timestamp: '2026-01-31T00:00:00.000Z' };
const record = { type: 'RECORD', record: { stream: 'audit_logs', data, emitted_at: AT } };
const state = (records: number) =>
  `{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"audit_logs"},"stream_state":{"timestamp":"x"}},"sourceStats":{"recordCount":${records}.0}}}`;
const status = (status: string) => ({
  type: 'TRACE',
  trace: {
    type: 'STREAM_STATUS',
    emitted_at: AT,
    stream_status: { stream_descriptor: { name: 'audit_logs' }, status },
  },
});

describe('the check of a line accepts', () => {
  test.each([JSON.stringify(record), state(0), JSON.stringify(status('RUNNING'))])('%s', (line) => {
    expect(checkLine(line)).toEqual(JSON.parse(line));
  });
});

describe('the check of a line refuses', () => {
  const breakers = ['\v', '\f', '\r', '\x1c', '\x1d', '\x1e', '\x85', '\u2028', '\u2029'];
  test.each(breakers.map((breaker) => [JSON.stringify(breaker), breaker]))('%s in a line', (_, breaker) => {
    expect(() => checkLine(`{"type":"LOG","log":{"level":"INFO","message":"a${breaker}b"}}`)).toThrow('breaks lines');
  });

  test.each([
    ['text', 'Reading ...'],
    ['an empty line', ''],
    ['two objects', `${state(0)}${state(0)}`],
    ['an array', '[]'],
    ['an unknown type', '{"type":"INFO"}'],
    ['a misspelled key', '{"type":"LOG","log":{"level":"INFO","mesage":"a"}}'],
    ['a key too many', '{"type":"LOG","log":{"level":"INFO","message":"a"},"extra":1}'],
    ['a count without a decimal point', state(0).replace('0.0', '0')],
    ['a time in seconds', JSON.stringify({ ...record, record: { ...record.record, emitted_at: AT / 1000 } })],
    ['a record without data', JSON.stringify({ ...record, record: { ...record.record, data: {} } })],
    ['a number as id', JSON.stringify({ ...record, record: { ...record.record, data: { ...data, id: 1 } } })],
    [
      'a time that is none',
      JSON.stringify({ ...record, record: { ...record.record, data: { ...data, timestamp: 'now' } } }),
    ],
  ])('%s', (_, line) => {
    expect(() => checkLine(line)).toThrow('A line');
  });
});

describe('the check of a read refuses', () => {
  const trace = (failure_type: string) => ({
    type: 'TRACE',
    trace: { type: 'ERROR', emitted_at: AT, error: { message: 'a', failure_type } },
  });
  const [started, running, complete, incomplete] = ['STARTED', 'RUNNING', 'COMPLETE', 'INCOMPLETE'].map(status);
  const stateOf = (records: number): unknown => JSON.parse(state(records));

  test.each<[string, unknown[], Ending]>([
    ['a read without a STATE', [started, complete], 'complete'],
    ['a RECORD after the last STATE', [started, running, stateOf(0), record, complete], 'complete'],
    ['a wrong count', [started, running, record, stateOf(2), complete], 'complete'],
    ['a RECORD before RUNNING', [started, record, stateOf(1), complete], 'complete'],
    ['a STATE after the end', [started, stateOf(0), complete, stateOf(0)], 'complete'],
    ['a second end', [started, stateOf(0), complete, incomplete], 'complete'],
    ['no STARTED', [running, stateOf(0), complete], 'complete'],
    ['COMPLETE before a failure', [started, stateOf(0), complete, trace('system_error')], 'failed'],
    ['a failure without a TRACE ERROR', [started, stateOf(0), incomplete], 'failed'],
    ['a TRACE ERROR before the end', [started, stateOf(0), trace('system_error'), incomplete], 'failed'],
    ['a failure after a signal', [started, stateOf(0), incomplete, trace('system_error')], 'stopped'],
  ])('%s', (_, messages, ending) => {
    expect(() => {
      checkRead(messages as AirbyteMessage[], 'audit_logs', ending);
    }).toThrow('not as the protocol has it');
  });
});
