import { ConnectorError, isError } from '../errors';
import { jsonErrorOffset } from '../json-text';
import type { ErrorTrace, StreamDescriptor, TraceMessage } from '../protocol';

/** Where an error comes from. */
export interface ErrorOrigin {
  /** What the user reads of a fault of the program. */
  readonly unexpected: string;
  /** The stream that failed, where one did. */
  readonly stream?: StreamDescriptor;
}

/**
 * Makes the TRACE ERROR of whatever was thrown. A {@link ConnectorError} speaks for itself; anything else is a fault of
 * the program: a system_error whose message for the user is `unexpected`, with the details below it. Never throws: of an
 * error that can't even be looked at (a getter that throws), what is said is just that.
 * @param emittedAt epoch ms
 */
export function errorTrace(error: unknown, origin: ErrorOrigin, emittedAt: number): TraceMessage {
  const { stream } = origin;
  const trace: ErrorTrace = {
    ...detailsOf(error, origin.unexpected),
    ...(stream === undefined ? {} : { stream_descriptor: stream }),
  };
  return { type: 'TRACE', trace: { type: 'ERROR', emitted_at: emittedAt, error: trace } };
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
    return {
      message: unexpected,
      internal_message: 'an error was thrown that cannot be described',
      failure_type: 'system_error',
    };
  }
}

const CAUSED_BY = '\nCaused by: ';

/** The technical side of an error, with its causes, in one text; undefined where a ConnectorError has none. */
export function internalMessage(error: unknown): string | undefined {
  const [first, ...causes] = chainOf(error);
  const own = first instanceof ConnectorError ? ownInternalMessage(first) : headOf(first);
  const parts = [...(own === undefined ? [] : [own]), ...causes.map(headOf)];
  return parts.length === 0 ? undefined : parts.join(CAUSED_BY);
}

function ownInternalMessage(error: ConnectorError): string | undefined {
  const repeatsCause = isError(error.cause) && error.internalMessage === error.cause.message;
  return repeatsCause ? undefined : error.internalMessage;
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
