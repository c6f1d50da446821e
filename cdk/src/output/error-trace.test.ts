import { describe, expect, test } from '@jest/globals';
import { errorTrace, internalMessage } from './error-trace';
import { ConfigError, ConnectorError } from '../errors';
import type { ErrorTrace } from '../protocol';

function traceOf(error: unknown): ErrorTrace {
  const message = errorTrace(error, { unexpected: 'Something failed unexpectedly.', stream: { name: 'cats' } }, 5);
  if (message.trace.type !== 'ERROR') throw new Error('not a TRACE ERROR');
  return message.trace.error;
}

function jsonError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

test('a connector error speaks for itself', () => {
  const error = new ConnectorError('The zoo is closed.', 'transient_error', { internalMessage: 'GET /cats: 503' });
  expect(traceOf(error)).toMatchObject({
    message: 'The zoo is closed.',
    failure_type: 'transient_error',
    internal_message: 'GET /cats: 503',
    stream_descriptor: { name: 'cats' },
  });
});

test('anything else is a system_error with a message for the user and the details below it', () => {
  const trace = traceOf(new TypeError('x is not a function'));
  expect(trace.message).toBe('Something failed unexpectedly.');
  expect(trace.failure_type).toBe('system_error');
  expect(trace.internal_message).toBe('TypeError: x is not a function');
  expect(trace.stack_trace).toMatch(/^TypeError: x is not a function\n {4}at /);
});

test('the chain of causes is told in both details', () => {
  const error = new ConfigError('No access.', { cause: new Error('403', { cause: new Error('denied') }) });
  const trace = traceOf(error);
  expect(trace.internal_message).toBe('Error: 403\nCaused by: Error: denied');
  expect(trace.stack_trace).toMatch(
    /^ConfigError: No access\.\n[^]*\nCaused by: Error: 403\n[^]*Caused by: Error: denied\n/,
  );
});

test('a connector error without a cause has no internal message', () => {
  expect(traceOf(new ConfigError('No access.'))).not.toHaveProperty('internal_message');
});

test('several errors in one are all told', () => {
  const error = new AggregateError([new Error('IPv4 refused'), new Error('IPv6 refused')], '');
  expect(internalMessage(error)).toBe('AggregateError:  [Error: IPv4 refused; Error: IPv6 refused]');
});

test('causes in a circle come to an end', () => {
  const error = new Error('a');
  error.cause = error;
  expect(internalMessage(error)?.split('\n').length).toBeLessThan(20);
});

test.each([
  ['a string', 'oops', 'oops'],
  ['an object', { key: 'k' }, 'a value that is not an Error (object) was thrown'],
])('what is thrown may be %s', (_, thrown, told) => {
  expect(traceOf(thrown).internal_message).toBe(told);
});

describe('a text that is not JSON is never quoted', () => {
  test.each(['{"key": topsecret}', 'topsecret', '{"key":"topsecret'])('%s', (text) => {
    const trace = traceOf(new Error('outer', { cause: jsonError(text) }));
    expect(JSON.stringify(trace)).not.toContain('topsecret');
    expect(trace.internal_message).toContain('not valid JSON');
  });

  test('nor when a connector error has it as its cause', () => {
    const trace = traceOf(new ConnectorError('Bad answer.', 'transient_error', { cause: jsonError('topsecret') }));
    expect(JSON.stringify(trace)).not.toContain('topsecret');
  });
});

describe('a DOMException', () => {
  const timeout = (): DOMException => new DOMException('The operation timed out.', 'TimeoutError');

  test('is told by its name, its message and its stack', () => {
    const trace = traceOf(timeout());
    expect(trace.internal_message).toBe('TimeoutError: The operation timed out.');
    expect(trace.stack_trace).toMatch(/^TimeoutError: The operation timed out\.\n {4}at /);
  });

  test('is told as a cause, too', () => {
    expect(internalMessage(new ConnectorError('The zoo is slow.', 'transient_error', { cause: timeout() }))).toBe(
      'TimeoutError: The operation timed out.',
    );
  });
});

describe('an error that cannot be described', () => {
  const throwing = (key: string): Error =>
    Object.defineProperty(new Error('x'), key, {
      get: () => {
        throw new Error('not even this');
      },
    });
  const circular = new AggregateError([]);
  circular.errors.push(circular);

  test.each<[string, unknown]>([
    ['a message that throws', throwing('message')],
    ['a stack that throws', throwing('stack')],
    ['a cause that throws', throwing('cause')],
    ['errors that hold it itself', circular],
  ])('with %s is a system_error all the same', (_, error) => {
    expect(traceOf(error)).toMatchObject({ message: 'Something failed unexpectedly.', failure_type: 'system_error' });
  });

  test('with a message that is no text is told as one', () => {
    const error = Object.assign(new ConnectorError('', 'config_error'), { message: 5 });
    expect(traceOf(error)).toMatchObject({ message: '5', failure_type: 'config_error' });
  });
});
