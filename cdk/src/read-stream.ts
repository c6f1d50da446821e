import { errorTrace } from './output/error-trace';
import { StreamMessages, type OpenStream } from './output/stream-messages';
import type { StreamDescriptor } from './protocol';
import type { Session } from './session';
import { titleOf, type StreamItem, type StreamReader } from './source';
import { STOP_GRACE_MS, StoppedError, type After } from './stop';

/**
 * Reads a stream to its end, its failure or a stop, and says how it ended.
 * @param mostRecords after so many it is ended as by a stop
 * @returns whether it was read to its end, or to so many records
 */
export async function readStream(open: OpenStream, session: Session, mostRecords: number): Promise<boolean> {
  const { stop, context } = session;
  const messages = new StreamMessages(open, session, mostRecords);
  messages.status('STARTED');
  const failure = await failureOf(open.reader, messages, session);
  messages.end();
  const isGood = failure === undefined && !stop.signal.aborted;
  if (isGood && !messages.isFull) {
    messages.status('COMPLETE');
    return true;
  }
  messages.writeSafeState();
  messages.status('INCOMPLETE');
  if (failure !== undefined && !stop.requested) report(failure.error, open.descriptor, session);
  if (isGood) context.log('INFO', `Ended after ${mostRecords} of the records of stream ${titleOf(open.descriptor)}.`);
  return isGood;
}

interface Failure {
  readonly error: unknown;
}

async function failureOf(
  reader: StreamReader,
  messages: StreamMessages,
  session: Session,
): Promise<Failure | undefined> {
  const { stop } = session;
  try {
    await stop.guard(readAll(reader, messages, session));
    return stop.fault === undefined ? undefined : { error: stop.fault };
  } catch (error) {
    return { error };
  }
}

/** For how long (ms) items of a reader that never waits are taken before signals and timers have their turn. */
const LONGEST_TURN_MS = 100;

async function readAll(reader: StreamReader, messages: StreamMessages, session: Session): Promise<void> {
  const { stop, context, writer, now, after } = session;
  const rateLimited = (until: number): void => {
    messages.rateLimited(until);
  };
  const enough = new AbortController();
  const signal = AbortSignal.any([stop.signal, enough.signal]);
  const items = itemsOf(reader({ ...context, signal, rateLimited }));
  try {
    let turn = now();
    for (let next = await items.next(); next.done !== true; next = await items.next()) {
      await messages.take(next.value);
      if (messages.isFull) {
        enough.abort(new StoppedError());
        return;
      }
      if (now() - turn > LONGEST_TURN_MS) {
        await new Promise(setImmediate);
        turn = now();
      }
      if (stop.signal.aborted && (messages.isCheckpointed || writer.closedBy !== undefined)) return;
    }
  } finally {
    await end(items, after);
  }
  if (stop.signal.aborted) return;
  if (!messages.isComplete) throw new Error('The stream ended without a checkpoint after its last record.');
  messages.writeFinalState();
}

async function* itemsOf(items: ReturnType<StreamReader>): AsyncGenerator<StreamItem, void> {
  yield* items;
}

/** Has the `finally` blocks of a generator run, whose errors are of no interest. One that hangs in them is abandoned. */
async function end(items: AsyncGenerator<StreamItem, void>, after: After): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = after(STOP_GRACE_MS, resolve);
    const ended = (): void => {
      cancel();
      resolve();
    };
    items.return().then(ended, ended);
  });
}

/**
 * Tells that a stream failed.
 * @param error whatever was thrown
 */
export function report(error: unknown, stream: StreamDescriptor, { writer, now }: Session): void {
  const unexpected = `Reading the stream ${titleOf(stream)} failed unexpectedly. Please report this to the authors of this source, with the log.`;
  writer.message(errorTrace(error, { unexpected, stream }, now()));
}
