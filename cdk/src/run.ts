import { check } from './check';
import { parseCommand, USAGE, UsageError, type Command } from './cli';
import { loadConfig } from './input/config-file';
import { redirectConsole } from './output/console-log';
import { errorTrace } from './output/error-trace';
import { GivenConfig } from './input/given-config';
import type { ReadFile } from './input/json-file';
import { isReaderGone, MessageWriter, type Output } from './output/message-writer';
import { Secrets } from './output/secrets';
import { read } from './read';
import type { Session } from './session';
import type { LogLevel } from './protocol';
import type { CommandContext, Source } from './source';
import { streamsOf } from './source-streams';
import { Stop, type After } from './stop';

/** All that a run touches. */
export interface RunOptions<Config> {
  /** The arguments behind the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Makes the source. Called only when the command line is right. */
  readonly load: () => Source<Config> | Promise<Source<Config>>;
  /** Where the messages go: stdout. */
  readonly output: Output;
  /** Where usage goes. */
  readonly stderr: (text: string) => void;
  /** Epoch ms. */
  readonly now: () => number;
  readonly after: After;
  /** `globalThis.console`: what is said to it during the run becomes LOG messages. */
  readonly console?: object;
  readonly readFile: ReadFile;
  /** Aborted to ask the run to end. */
  readonly signal: AbortSignal;
  /** Aborted, with the error as its reason, by what was thrown where nobody could catch it. */
  readonly fault: AbortSignal;
}

/** How a run ended: 0 well, or nobody wanted to read more; 1 not so, which a TRACE ERROR explains; 2 bad arguments. */
export interface Outcome {
  readonly exitCode: 0 | 1 | 2;
}

type SourceCommand = Exclude<Command, { readonly verb: 'help' }>;

const UNEXPECTED = 'This source failed unexpectedly. Please report this to its authors, with the log.';

/** Runs one command of a source, to the last byte of its output. Never rejects. */
export async function run<Config>(options: RunOptions<Config>): Promise<Outcome> {
  const command = understand(options);
  if ('exitCode' in command) return command;
  const stop = new Stop(options.signal, options.fault, options.after);
  const secrets = new Secrets();
  const writer = new MessageWriter(options.output, secrets.mask, () => {
    stop.request();
  });
  const session = sessionOf(command, options, { stop, writer, secrets });
  if (options.console !== undefined) redirectConsole(options.console, session.context.log);
  const exitCode = await execute(command, options, session);
  await writer.flush();
  return outcomeOf(exitCode, writer.closedBy, options.stderr);
}

function understand<Config>({ argv, stderr }: RunOptions<Config>): SourceCommand | Outcome {
  try {
    const command = parseCommand(argv);
    if (command.verb !== 'help') return command;
    stderr(USAGE);
    return { exitCode: 0 };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr(`${error.message}\n\n${USAGE}`);
    return { exitCode: 2 };
  }
}

interface SessionParts extends Pick<Session, 'stop' | 'writer'> {
  readonly secrets: Secrets;
}

function sessionOf<Config>(
  command: SourceCommand,
  { env, now, after, readFile }: RunOptions<Config>,
  { stop, writer, secrets }: SessionParts,
): Session {
  const debug = command.debug || env['LOG_LEVEL']?.toLowerCase() === 'debug';
  const config = new GivenConfig(secrets);
  const log = (level: LogLevel, message: unknown): void => {
    if (!debug && (level === 'DEBUG' || level === 'TRACE')) return;
    writer.message({ type: 'LOG', log: { level, message: String(message) } });
  };
  const context: CommandContext = {
    log,
    signal: stop.signal,
    mask: (secret) => {
      secrets.add(secret);
    },
    saveConfig: (changes) => {
      const connectorConfig = { config: config.change(changes) };
      writer.message({ type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', emitted_at: now(), connectorConfig } });
    },
  };
  return { writer, stop, now, after, readFile, config, context };
}

async function execute<Config>(command: SourceCommand, { load }: RunOptions<Config>, session: Session): Promise<0 | 1> {
  try {
    const source = await session.stop.guard(Promise.resolve(load()));
    return (await perform(command, source, session)) ? 0 : 1;
  } catch (error) {
    if (!session.stop.requested) session.writer.message(errorTrace(error, { unexpected: UNEXPECTED }, session.now()));
    return 1;
  }
}

/** Returns whether all went well; throws what is to become a TRACE ERROR. */
async function perform<Config>(command: SourceCommand, source: Source<Config>, session: Session): Promise<boolean> {
  switch (command.verb) {
    case 'spec':
      session.writer.message({ type: 'SPEC', spec: source.spec() });
      return true;
    case 'check': {
      const connectionStatus = await check(source, command.configPath, session);
      session.writer.message({ type: 'CONNECTION_STATUS', connectionStatus });
      return true;
    }
    case 'discover': {
      const config = await loadConfig(source, command.configPath, session);
      const streams = await streamsOf(source, config, session);
      session.writer.message({ type: 'CATALOG', catalog: { streams: streams.map(({ descriptor }) => descriptor) } });
      return true;
    }
    case 'read':
      return read(source, await loadConfig(source, command.configPath, session), command, session);
  }
}

function outcomeOf(exitCode: 0 | 1, closedBy: Error | undefined, stderr: (text: string) => void): Outcome {
  if (closedBy === undefined) return { exitCode };
  // Who only wanted the first line closes the pipe after it, and takes everything but 0 for a failure.
  if (isReaderGone(closedBy)) return { exitCode: 0 };
  stderr(`The output can't be written: ${closedBy.message}\n`);
  return { exitCode: 1 };
}
