import type { AirbyteMessage, StreamStatusTrace } from '@airbyte/cdk-typescript-compat';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import recordSchema from '../schemas/audit_logs.json';
import { messageSchemas } from './protocol-schema';

const ajv = new Ajv({ allErrors: false, keywords: ['airbyte_type'], allowUnionTypes: true });
addFormats(ajv);
const validators: ReadonlyMap<unknown, ValidateFunction> = new Map(
  [...messageSchemas].map(([type, schema]) => [type, ajv.compile(schema)]),
);
const isRecord = ajv.compile(recordSchema);

/** Where Python's `str.splitlines()` breaks lines, in addition to the newline itself. */
const LINE_BREAKERS = /[\v\f\r\x1c-\x1e\x85\u2028\u2029]/;

/**
 * Checks one line of output: one message of the protocol, a RECORD's data as the stream's schema promises, and nothing
 * in it at which a reader of lines could break it.
 * @throws Error that says what is wrong
 */
export function checkLine(line: string): AirbyteMessage {
  if (LINE_BREAKERS.test(line)) throw brokenLine('has a character that breaks lines', line);
  const message = parse(line);
  const { type, record } = message as { type?: unknown; record?: { data: unknown } };
  const isMessage = validators.get(type);
  if (isMessage === undefined) throw brokenLine(`is no message of a known type (${String(type)})`, line);
  if (!isMessage(message)) throw brokenLine(`is no ${String(type)}: ${ajv.errorsText(isMessage.errors)}`, line);
  if (type === 'RECORD' && !isRecord(record?.data)) {
    throw brokenLine(`does not fit the stream's schema: ${ajv.errorsText(isRecord.errors)}`, line);
  }
  // The protocol wants the count with a decimal point, which a parsed message no longer shows.
  if (type === 'STATE' && !/"recordCount":\d+\.0\}/.test(line))
    throw brokenLine('counts without a decimal point', line);
  return message as AirbyteMessage;
}

function parse(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Below.
  }
  throw brokenLine('is not one JSON object', line);
}

function brokenLine(what: string, line: string): Error {
  return new Error(`A line ${what}: ${JSON.stringify(line.slice(0, 400))}`);
}

/**
 * How a read ended. `complete`: exit 0. `failed`: exit 1. `stopped`: by SIGTERM or SIGINT. `cut_off`: by SIGKILL, or its
 * output was not read to the end: then only what did arrive can be checked.
 */
export type Ending = 'complete' | 'failed' | 'stopped' | 'cut_off';

/**
 * Checks the messages of one read of one stream: the order of its statuses, what its states count, and its end.
 * @throws Error that says what is wrong
 */
export function checkRead(messages: readonly AirbyteMessage[], stream: string, ending: Ending): void {
  const walk = new ReadWalk(stream);
  for (const message of messages) walk.take(message);
  walk.end(ending);
}

type Status = StreamStatusTrace['status'];

/** Which status may follow which. */
const following: Readonly<Record<Status, readonly Status[]>> = {
  STARTED: ['RUNNING', 'COMPLETE', 'INCOMPLETE'],
  RUNNING: ['RUNNING', 'COMPLETE', 'INCOMPLETE'],
  COMPLETE: [],
  INCOMPLETE: [],
};

/** Walks through the messages of a read. */
class ReadWalk {
  #status: Status | undefined;
  #isRunning = false;
  #states = 0;
  #recordsSinceState = 0;
  #errors = 0;
  #last: AirbyteMessage | undefined;

  constructor(readonly stream: string) {}

  take(message: AirbyteMessage): void {
    this.#last = message;
    switch (message.type) {
      case 'RECORD':
        this.#expect(message.record.stream === this.stream, 'a RECORD is of another stream');
        this.#expect(this.#status === 'RUNNING' && this.#isRunning, 'a RECORD comes while the stream is not RUNNING');
        this.#recordsSinceState += 1;
        return;
      case 'STATE':
        this.#takeState(message.state);
        return;
      case 'TRACE':
        this.#takeTrace(message.trace);
        return;
      case 'LOG':
        return;
      case 'SPEC':
      case 'CATALOG':
      case 'CONNECTION_STATUS':
      case 'CONTROL':
        this.#expect(false, `there is a ${message.type}`);
    }
  }

  end(ending: Ending): void {
    if (ending === 'cut_off') return;
    this.#expect(this.#recordsSinceState === 0, 'no STATE follows the last RECORD');
    if (ending === 'complete') {
      this.#expect(this.#status === 'COMPLETE', 'the stream does not end as COMPLETE');
      this.#expect(this.#states > 0, 'there is no STATE');
    } else {
      this.#expect(this.#status === undefined || this.#status === 'INCOMPLETE', 'the stream is not INCOMPLETE');
    }
    this.#expect(this.#errors === (ending === 'failed' ? 1 : 0), `there are ${this.#errors} TRACE ERRORs`);
    const lastIsError = this.#last?.type === 'TRACE' && this.#last.trace.type === 'ERROR';
    this.#expect(lastIsError === (ending === 'failed'), 'a failed read ends with its TRACE ERROR, no other does');
  }

  #takeState(state: Extract<AirbyteMessage, { type: 'STATE' }>['state']): void {
    this.#expect(state.stream.stream_descriptor.name === this.stream, 'a STATE is of another stream');
    this.#expect(this.#status === 'STARTED' || this.#status === 'RUNNING', 'a STATE comes outside of the read');
    const { recordCount } = state.sourceStats;
    const is = this.#recordsSinceState;
    this.#expect(recordCount === is, `a STATE counts ${recordCount} records where there were ${is}`);
    this.#states += 1;
    this.#recordsSinceState = 0;
  }

  #takeTrace(trace: Extract<AirbyteMessage, { type: 'TRACE' }>['trace']): void {
    switch (trace.type) {
      case 'ERROR':
        this.#errors += 1;
        return;
      case 'ESTIMATE':
        this.#expect(trace.estimate.name === this.stream, 'an ESTIMATE is of another stream');
        return;
      case 'STREAM_STATUS': {
        const { status, stream_descriptor: descriptor, reasons } = trace.stream_status;
        this.#expect(descriptor.name === this.stream, 'a STREAM_STATUS is of another stream');
        const isNext = this.#status === undefined ? status === 'STARTED' : following[this.#status].includes(status);
        this.#expect(isNext, `${status} follows ${this.#status ?? 'nothing'}`);
        if (status === 'RUNNING' && reasons === undefined) this.#isRunning = true;
        this.#status = status;
      }
    }
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) throw new Error(`The read of ${this.stream} is not as the protocol has it: ${what}.`);
  }
}
