import { ConnectorError, isError } from '../errors';
import { jsonErrorOffset } from '../json-text';
import type { ErrorTrace, StreamDescriptor, TraceMessage } from '../protocol';

/**
 * Makes the TRACE ERROR of whatever was thrown. A {@link ConnectorError} speaks for itself; anything else is a fault of
 * the program: a system_error whose message for the user is `unexpected`, with the details below it. Never throws: of an
 * error that can't even be looked at (a getter that throws), what is said is just that.
 * @param origin what the user reads of a fault of the program, and the stream that failed, where one did
 * @param emittedAt epoch ms
 */
export function errorTrace(
  error: unknown,
  { unexpected, stream }: { readonly unexpected: string; readonly stream?: StreamDescriptor },
  emittedAt: number,
): TraceMessage {
  const details = { ...detailsOf(error, unexpected), ...(stream === undefined ? {} : { stream_descriptor: stream }) };
  return { type: 'TRACE', trace: { type: 'ERROR', emitted_at: emittedAt, error: details } };
}

function detailsOf(error: unknown, unexpected: string): ErrorTrace {
  try {
    // Without the compiler's help, an error may hold anything.
    const message: unknown = error instanceof ConnectorError ? error.message : unexpected;
    const internal = internalMessage(error);
    return {
      message: String(message),
      ...(internal === undefined ? {} : { internal_message: internal }),
      stack_trace: chainOf(error).map(stackOf).join(CAUSED_BY),
      failure_type: error instanceof ConnectorError ? error.failureType : 'system_error',
    };
  } catch {
    const internal_message = 'an error was thrown that cannot be described';
    return { message: unexpected, internal_message, failure_type: 'system_error' };
  }
}

const CAUSED_BY = '\nCaused by: ';

/** The technical side of an error, with its causes, in one text; undefined where a ConnectorError has none. */
export function internalMessage(error: unknown): string | undefined {
  const [first, ...causes] = chainOf(error);
  const parts = [first instanceof ConnectorError ? ownInternalMessage(first) : headOf(first), ...causes.map(headOf)];
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.join(CAUSED_BY);
}

function ownInternalMessage({ cause, internalMessage }: ConnectorError): string | undefined {
  return isError(cause) && internalMessage === cause.message ? undefined : internalMessage;
}

/** More causes than this are a circle. */
const MAX_CAUSES = 10;

function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [error];
  for (let next = error; isError(next) && next.cause !== undefined && chain.length <= MAX_CAUSES;) {
    next = next.cause;
    chain.push(next);
  }
  return chain;
}

function headOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!isError(error)) return `a value that is not an Error (${typeof error}) was thrown`;
  const several: unknown = 'errors' in error ? error.errors : undefined;
  const inner = Array.isArray(several) ? ` [${several.map(headOf).join('; ')}]` : '';
  return `${error.name}: ${safeMessage(error)}${inner}`;
}

/** JSON.parse quotes the text that it can't read, which may hold secrets or the contents of records. */
function safeMessage(error: Error): string {
  if (error.name !== 'SyntaxError' || !error.message.includes('JSON')) return error.message;
  const offset = jsonErrorOffset(error);
  return `not valid JSON${offset === undefined ? '' : ` at position ${offset}`}`;
}

/** The stack as Node prints it, but with a head that is safe. */
function stackOf(error: unknown): string {
  const lines = isError(error) ? (error.stack ?? '').split('\n') : [];
  return [headOf(error), ...lines.filter((line) => line.startsWith('    at '))].join('\n');
}
