import { readTextFile } from '../src/input/json-file';
import { isJsonObject } from '../src/json-text';
import type { Output } from '../src/output/message-writer';
import type {
  AirbyteCatalog,
  AirbyteMessage,
  ConnectionStatus,
  ConnectorSpecification,
  ErrorTrace,
  EstimateTrace,
  LogMessage,
  RecordMessage,
  StateMessage,
  StreamStatusTrace,
  TraceMessage,
} from '../src/protocol';
import { run } from '../src/run';
import type { Source } from '../src/source';
import { afterTimeout, type After } from '../src/stop';
import { MemoryOutput } from './memory-output';

/** What a test hands over. A file that is left out is not named on the command line; a string is its text as it is. */
export interface RunSourceOptions {
  readonly config?: unknown;
  readonly catalog?: unknown;
  readonly state?: unknown;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Name and version of the program, such as `source-tines 0.3.0`. Left out, the log does not begin with them. */
  readonly title?: string;
  /** Epoch ms. Defaults to the real clock. */
  readonly now?: () => number;
  /** Defaults to real timers. */
  readonly after?: After;
  /** Abort it to stop the run in the middle. */
  readonly signal?: AbortSignal;
  /** Abort it with an error to have that thrown where nobody catches it. */
  readonly fault?: AbortSignal;
  /** Called with each message as it is written: records come in chunks, everything else at once. */
  readonly onMessage?: (message: AirbyteMessage) => void;
  /** Takes the messages instead of memory. What is written there is not seen in the result. */
  readonly output?: Output;
}

/** All that a run has said, in order, and sorted by kind. */
export interface SourceRun {
  readonly exitCode: 0 | 1 | 2;
  readonly stderr: string;
  /** The output as it was written, without the newlines. */
  readonly lines: readonly string[];
  readonly messages: readonly AirbyteMessage[];
  readonly records: readonly RecordMessage['record'][];
  readonly states: readonly StateMessage['state'][];
  readonly logs: readonly LogMessage['log'][];
  readonly traces: readonly TraceMessage['trace'][];
  readonly errors: readonly ErrorTrace[];
  readonly statuses: readonly StreamStatusTrace[];
  readonly estimates: readonly EstimateTrace[];
  readonly spec: ConnectorSpecification | undefined;
  readonly catalog: AirbyteCatalog | undefined;
  readonly connectionStatus: ConnectionStatus | undefined;
}

/**
 * Runs one command of a source in this process, as its command line would.
 * @param args the command and its options, without the files in `options`: `['read', '--debug']`
 * @throws Error when a line of the output is not one message
 */
export async function runSource<Config>(
  source: Source<Config> | (() => Promise<Source<Config>>),
  args: readonly string[],
  options: RunSourceOptions = {},
): Promise<SourceRun> {
  const files = filesOf(options);
  const { onMessage } = options;
  const memory = new MemoryOutput((chunk) => {
    if (onMessage !== undefined) for (const line of linesOf(chunk)) onMessage(parseMessage(line));
  });
  let stderr = '';
  const exitCode = await run({
    argv: [...args, ...[...files.keys()].flatMap((name) => [`--${name}`, name])],
    env: options.env ?? {},
    title: options.title,
    load: typeof source === 'function' ? source : () => Promise.resolve(source),
    output: options.output ?? memory,
    stderr: (text) => {
      stderr += text;
    },
    now: options.now ?? Date.now,
    after: options.after ?? afterTimeout,
    readFile: (path, maxBytes) => {
      const text = files.get(path);
      return text === undefined ? readTextFile(path, maxBytes) : Promise.resolve(text);
    },
    signal: options.signal ?? new AbortController().signal,
    fault: options.fault ?? new AbortController().signal,
  });
  return sorted(linesOf(memory.text), exitCode, stderr);
}

function filesOf(options: RunSourceOptions): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const name of ['config', 'catalog', 'state'] as const) {
    const content = options[name];
    if (content !== undefined) files.set(name, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return files;
}

function linesOf(text: string): readonly string[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('The output ends in the middle of a line.');
  return text.slice(0, -1).split('\n');
}

/**
 * Understands one line of output.
 * @throws Error when it is not a message
 */
export function parseMessage(line: string): AirbyteMessage {
  const message: unknown = JSON.parse(line);
  if (!isMessage(message)) throw new Error(`Not a message: ${line.slice(0, 200)}`);
  return message;
}

const CONTENTS: ReadonlyMap<unknown, string> = new Map([
  ['SPEC', 'spec'],
  ['CONNECTION_STATUS', 'connectionStatus'],
  ['CATALOG', 'catalog'],
  ['RECORD', 'record'],
  ['STATE', 'state'],
  ['LOG', 'log'],
  ['TRACE', 'trace'],
  ['CONTROL', 'control'],
]);

function isMessage(value: unknown): value is AirbyteMessage {
  if (!isJsonObject(value)) return false;
  const content = CONTENTS.get(value['type']);
  return content !== undefined && isJsonObject(value[content]);
}

function sorted(lines: readonly string[], exitCode: 0 | 1 | 2, stderr: string): SourceRun {
  const messages = lines.map(parseMessage);
  const traces = messages.flatMap((message) => (message.type === 'TRACE' ? [message.trace] : []));
  return {
    exitCode,
    stderr,
    lines,
    messages,
    traces,
    records: messages.flatMap((message) => (message.type === 'RECORD' ? [message.record] : [])),
    states: messages.flatMap((message) => (message.type === 'STATE' ? [message.state] : [])),
    logs: messages.flatMap((message) => (message.type === 'LOG' ? [message.log] : [])),
    errors: traces.flatMap((trace) => (trace.type === 'ERROR' ? [trace.error] : [])),
    statuses: traces.flatMap((trace) => (trace.type === 'STREAM_STATUS' ? [trace.stream_status] : [])),
    estimates: traces.flatMap((trace) => (trace.type === 'ESTIMATE' ? [trace.estimate] : [])),
    spec: messages.find((message) => message.type === 'SPEC')?.spec,
    catalog: messages.find((message) => message.type === 'CATALOG')?.catalog,
    connectionStatus: messages.find((message) => message.type === 'CONNECTION_STATUS')?.connectionStatus,
  };
}
