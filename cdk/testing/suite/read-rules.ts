import type { AirbyteMessage, StreamStatus } from '../../src/protocol';

/** How a read ended: to its end, with an error, or because it was asked to. */
export type Ending = 'complete' | 'failed' | 'stopped';

const FOLLOWS: Readonly<Record<StreamStatus, readonly StreamStatus[]>> = {
  STARTED: ['RUNNING', 'COMPLETE', 'INCOMPLETE'],
  RUNNING: ['RUNNING', 'COMPLETE', 'INCOMPLETE'],
  COMPLETE: [],
  INCOMPLETE: [],
};

interface StreamWalk {
  status: StreamStatus | undefined;
  states: number;
  sinceState: number;
}

/** What is wrong with the messages of a read, as the protocol and the platform have it. Empty: nothing. */
export function readProblems(messages: readonly AirbyteMessage[], ending: Ending): readonly string[] {
  const walk = new ReadWalk();
  for (const message of messages) walk.take(message);
  walk.end(ending);
  return walk.problems;
}

class ReadWalk {
  readonly problems: string[] = [];
  readonly #streams = new Map<string, StreamWalk>();
  #errors = 0;

  take(message: AirbyteMessage): void {
    switch (message.type) {
      case 'RECORD': {
        const stream = this.#stream(message.record.stream);
        this.#expect(stream.status === 'RUNNING', message.record.stream, 'a record comes while it is not RUNNING');
        this.#expect(Object.keys(message.record.data).length > 0, message.record.stream, 'a record is empty');
        stream.sinceState += 1;
        return;
      }
      case 'STATE': {
        const { name } = message.state.stream.stream_descriptor;
        const stream = this.#stream(name);
        const counted = message.state.sourceStats.recordCount;
        this.#expect(counted === stream.sinceState, name, `a state counts ${counted} records of ${stream.sinceState}`);
        this.#expect(Object.keys(message.state.stream.stream_state).length > 0, name, 'a state is empty');
        stream.states += 1;
        stream.sinceState = 0;
        return;
      }
      case 'TRACE':
        if (message.trace.type === 'ERROR') this.#errors += 1;
        if (message.trace.type === 'STREAM_STATUS') {
          const { stream_descriptor: descriptor, status } = message.trace.stream_status;
          this.#takeStatus(descriptor.name, status);
        }
        return;
      case 'LOG':
      case 'CONTROL':
        return;
      case 'SPEC':
      case 'CATALOG':
      case 'CONNECTION_STATUS':
        this.problems.push(`There is a ${message.type}.`);
    }
  }

  end(ending: Ending): void {
    for (const [name, { status, states, sinceState }] of this.#streams) {
      this.#expect(sinceState === 0, name, 'no state follows its last record');
      if (ending === 'complete') {
        this.#expect(status === 'COMPLETE', name, `it ends as ${status ?? 'nothing'}`);
        this.#expect(states > 0, name, 'it has no state');
      } else {
        this.#expect(status === 'COMPLETE' || status === 'INCOMPLETE', name, `it ends as ${status ?? 'nothing'}`);
      }
    }
    const isRight = ending === 'failed' ? this.#errors > 0 : this.#errors === 0;
    if (!isRight) this.problems.push(`There are ${this.#errors} errors in a read that has ${ending}.`);
  }

  #takeStatus(name: string, status: StreamStatus): void {
    const stream = this.#stream(name);
    const isNext = stream.status === undefined ? status === 'STARTED' : FOLLOWS[stream.status].includes(status);
    this.#expect(isNext, name, `${status} follows ${stream.status ?? 'nothing'}`);
    stream.status = status;
  }

  #stream(name: string): StreamWalk {
    const known = this.#streams.get(name) ?? { status: undefined, states: 0, sinceState: 0 };
    this.#streams.set(name, known);
    return known;
  }

  #expect(holds: boolean, stream: string, problem: string): void {
    if (!holds) this.problems.push(`Stream ${stream}: ${problem}.`);
  }
}
