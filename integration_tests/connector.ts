import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, jest } from '@jest/globals';
import type { AirbyteMessage, ErrorTrace, JsonObject, StreamStatusTrace } from '@airbyte/cdk-typescript-compat';
import { checkLine, checkRead, type Ending } from './protocol-check';

/** The project's folder. */
export const root = resolve(__dirname, '..');
/** The executable, as the platform starts it; `npm run build` makes what it loads. */
export const program = join(root, 'bin/source-tines');
/** The one stream. */
export const STREAM_NAME = 'audit_logs';

/** The commands of a source. */
export type Verb = 'spec' | 'check' | 'discover' | 'read';

/** How a process is started and read. */
export interface ProcessOptions {
  /** Added to an environment that is empty but for PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The program to start, with the connector's arguments; the connector itself unless given. */
  readonly command?: readonly [string, ...string[]];
  /** `late`: its output is not read until `resume` is called. `never`: it is not read at all. */
  readonly reader?: 'late' | 'never';
  /** Called with each message as it arrives. */
  readonly onMessage?: (message: AirbyteMessage, connector: RunningConnector) => void;
}

/** What a command is given. A file that is left out is not named; a text stands in its file as it is. */
export interface Inputs extends ProcessOptions {
  readonly config?: unknown;
  readonly catalog?: unknown;
  readonly state?: unknown;
  /** Further arguments. */
  readonly args?: readonly string[];
}

/** All that a process did, checked. */
export interface ConnectorRun {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** From start to exit, in s. */
  readonly seconds: number;
  readonly lines: readonly string[];
  readonly messages: readonly AirbyteMessage[];
  /** The data of all RECORDs. */
  readonly records: readonly JsonObject[];
  /** The ids of all RECORDs. */
  readonly ids: readonly string[];
  /** The stream states of all STATEs. */
  readonly states: readonly JsonObject[];
  /** Level and message of all LOGs, as `LEVEL message`. */
  readonly logs: readonly string[];
  readonly errors: readonly ErrorTrace[];
  readonly statuses: readonly StreamStatusTrace[];
}

/** Whatever a test does, its process is gone after so many ms. */
const LONGEST_RUN_MS = 180_000;
// Nothing is measured by it: on a busy machine a read that takes two seconds may take a minute.
jest.setTimeout(LONGEST_RUN_MS + 5_000);

/** What a test that failed has left running. */
const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * A running process of the connector. Each line that arrives is checked against the protocol; `ended` rejects with the
 * first that isn't right.
 */
export class RunningConnector {
  readonly messages: AirbyteMessage[] = [];
  readonly ended: Promise<ConnectorRun>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #lines: string[] = [];
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #onMessage: ProcessOptions['onMessage'];
  readonly #started = performance.now();
  #stderr = '';
  #rest = '';
  #isReadToTheEnd: boolean;
  #failure: unknown;

  constructor(
    readonly args: readonly string[],
    options: ProcessOptions = {},
  ) {
    const [command, ...before] = options.command ?? [program];
    this.#onMessage = options.onMessage;
    this.#child = spawn(command, [...before, ...args], {
      cwd: options.cwd ?? tmpdir(),
      env: { PATH: process.env['PATH'], ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_RUN_MS,
      killSignal: 'SIGKILL',
    });
    running.add(this.#child);
    this.#child.on('exit', () => running.delete(this.#child));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    if (options.reader === undefined) this.resume();
    this.#isReadToTheEnd = options.reader !== 'never';
    this.ended = this.#end();
  }

  /** The process's id; undefined where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Begins to read the output. */
  resume(): void {
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
  }

  /** Closes the reader's end of the output. */
  closeOutput(): void {
    this.#isReadToTheEnd = false;
    this.#child.stdout.destroy();
  }

  async #end(): Promise<ConnectorRun> {
    // Of a process whose output nobody reads, only the exit is ever seen.
    const event = this.#isReadToTheEnd ? 'close' : 'exit';
    const [exitCode, signal] = (await once(this.#child, event)) as [number | null, NodeJS.Signals | null];
    const seconds = (performance.now() - this.#started) / 1000;
    if (this.#failure !== undefined) throw this.#failure as Error;
    const run = { exitCode, signal, seconds, stderr: this.#stderr, lines: this.#lines, ...sorted(this.messages) };
    this.#check(run);
    return run;
  }

  #take(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string): void {
    this.#lines.push(line);
    if (this.#failure !== undefined) return;
    try {
      const message = checkLine(line);
      this.messages.push(message);
      this.#onMessage?.(message, this);
    } catch (error) {
      this.#failure = error;
    }
  }

  #check(run: ConnectorRun): void {
    const isCutOff = run.signal === 'SIGKILL' || !this.#isReadToTheEnd;
    if (this.#rest !== '' && !isCutOff) throw new Error(`The output ends inside of a line: ${this.#rest.slice(-200)}`);
    const speaks = run.exitCode === 2 || this.args.includes('--help') || this.args.includes('-h');
    if (run.stderr !== '' && !speaks) throw new Error(`There is something on stderr: ${run.stderr}`);
    if (this.args[0] === 'read' && !speaks) checkRead(run.messages, STREAM_NAME, isCutOff ? 'cut_off' : endingOf(run));
  }
}

function endingOf({ exitCode, signal }: ConnectorRun): Ending {
  if (signal === 'SIGTERM' || signal === 'SIGINT') return 'stopped';
  if (exitCode === 0) return 'complete';
  if (exitCode === 1) return 'failed';
  throw new Error(`The read ended with exit code ${exitCode ?? 'none'} and signal ${signal ?? 'none'}.`);
}

function sorted(messages: readonly AirbyteMessage[]) {
  const records = messages.flatMap((message) => (message.type === 'RECORD' ? [message.record.data] : []));
  const traces = messages.flatMap((message) => (message.type === 'TRACE' ? [message.trace] : []));
  return {
    messages,
    records,
    ids: records.map(({ id }) => String(id)),
    states: messages.flatMap((message) => (message.type === 'STATE' ? [message.state.stream.stream_state] : [])),
    logs: messages.flatMap((message) =>
      message.type === 'LOG' ? [`${message.log.level} ${message.log.message}`] : [],
    ),
    errors: traces.flatMap((trace) => (trace.type === 'ERROR' ? [trace.error] : [])),
    statuses: traces.flatMap((trace) => (trace.type === 'STREAM_STATUS' ? [trace.stream_status] : [])),
  };
}

/** A started command, and where its files are. */
export interface StartedCommand {
  readonly connector: RunningConnector;
  /** Resolves when the process has ended: its files are gone then. */
  readonly ended: Promise<ConnectorRun>;
  /** The folder that holds config.json, catalog.json and state.json, as far as they were given. */
  readonly folder: string;
}

/** Starts a command with its files in a folder of their own. Its key must not appear in what it writes. */
export function start(verb: Verb, inputs: Inputs = {}): StartedCommand {
  const folder = mkdtempSync(join(tmpdir(), 'source-tines-'));
  const args: string[] = [verb];
  for (const name of ['config', 'catalog', 'state'] as const) {
    const content = inputs[name];
    if (content === undefined) continue;
    const path = join(folder, `${name}.json`);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    args.push(`--${name}`, path);
  }
  const secrets = secretsIn(args);
  const connector = new RunningConnector([...args, ...(inputs.args ?? [])], inputs);
  return { connector, folder, ended: ending(connector, folder, secrets) };
}

async function ending(connector: RunningConnector, folder: string, secrets: readonly string[]): Promise<ConnectorRun> {
  try {
    const run = await connector.ended;
    expectNone(secrets, run);
    return run;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a command to its end. */
export async function run(verb: Verb, inputs: Inputs = {}): Promise<ConnectorRun> {
  return start(verb, inputs).ended;
}

/** The key in the config file as it is, in JSON and in a URL; also where the file is no JSON. */
function secretsIn(args: readonly string[]): readonly string[] {
  const path = args[args.indexOf('--config') + 1];
  if (!args.includes('--config') || path === undefined) return [];
  return [...readFileSync(path, 'utf8').matchAll(/"api_key"\s*:\s*"((?:[^"\\]|\\.)+)"/g)].flatMap(
    ([, escaped = '']) => {
      const key = JSON.parse(`"${escaped}"`) as string;
      return [key, escaped, encodeURIComponent(key)];
    },
  );
}

function expectNone(secrets: readonly string[], { lines, stderr }: ConnectorRun): void {
  for (const secret of secrets) {
    const line = [...lines, stderr].find((text) => text.includes(secret));
    if (line !== undefined) throw new Error(`The API key is in the output: ${line.slice(0, 400)}`);
  }
}
