import { parseCommand, USAGE, UsageError, type Command } from './cli';
import { ConnectorError } from './errors';
import { errorTrace, internalMessage } from './output/error-trace';
import { isReaderGone } from './output/message-writer';
import type { ConnectionStatus } from './protocol';
import { read, readSample } from './read';
import { loadConfig, startSession, streamsOf, type Session, type SessionOptions } from './session';
import type { Source } from './source';
import { StoppedError } from './stop';

/** All that a run touches. */
export interface RunOptions<Config> extends SessionOptions {
  /** The arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Name and version, such as `source-tines 0.3.0`: what `--version` writes, and how the log of every command begins but
   * that of `spec`, which is one message. Left out, there is no such line.
   */
  readonly title?: string | undefined;
  /** Makes the source. Called only when the command line is right. */
  readonly load: () => Source<Config> | Promise<Source<Config>>;
  /** Where usage goes. */
  readonly stderr: (text: string) => void;
}

const UNEXPECTED = 'This source failed unexpectedly. Please report this to its authors, with the log.';

/**
 * Runs one command of a source, to the last byte of its output. Never rejects.
 * @returns the exit code: 0 it ended well, or nobody wanted to read more; 1 not so, which a TRACE ERROR explains; 2 bad
 *   arguments
 */
export async function run<Config>(options: RunOptions<Config>): Promise<0 | 1 | 2> {
  const { argv, env, stderr } = options;
  let command: Command;
  try {
    command = parseCommand(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  const session = startSession(options, command.debug || env['LOG_LEVEL']?.toLowerCase() === 'debug');
  const isGood = await execute(command, options, session);
  await session.writer.flush();
  const { closedBy } = session.writer;
  // Who only wanted the first line closes the pipe after it, and takes everything but 0 for a failure.
  if (closedBy === undefined ? isGood : isReaderGone(closedBy)) return 0;
  if (closedBy !== undefined) stderr(`The output can't be written: ${closedBy.message}\n`);
  return 1;
}

async function execute<Config>(command: Command, options: RunOptions<Config>, session: Session): Promise<boolean> {
  try {
    return await perform(command, options, session);
  } catch (error) {
    if (!session.stop.requested) session.writer.message(errorTrace(error, { unexpected: UNEXPECTED }, session.now()));
    return false;
  }
}

/** Returns whether all went well; throws what is to become a TRACE ERROR. */
async function perform<Config>(
  command: Command,
  { title = '', load, stderr }: RunOptions<Config>,
  session: Session,
): Promise<boolean> {
  if (command.verb === 'help') {
    stderr(USAGE);
    return true;
  }
  if (command.verb === 'version') {
    session.writer.line(title);
    return true;
  }
  if (title !== '' && command.verb !== 'spec') session.context.log('INFO', title);
  const source = await session.stop.guard(Promise.resolve(load()));
  switch (command.verb) {
    case 'spec':
      session.writer.message({ type: 'SPEC', spec: source.spec() });
      return true;
    case 'check':
      session.writer.message({
        type: 'CONNECTION_STATUS',
        connectionStatus: await check(source, command.configPath, session),
      });
      return true;
    case 'discover': {
      const streams = await streamsOf(source, await loadConfig(source, command.configPath, session), session);
      session.writer.message({ type: 'CATALOG', catalog: { streams: streams.map(({ descriptor }) => descriptor) } });
      return true;
    }
    case 'read':
      return read(source, await loadConfig(source, command.configPath, session), command, session);
    case 'sample':
      return readSample(source, await loadConfig(source, command.configPath, session), command, session);
  }
}

/**
 * Tries the user's config out. Whatever the user can mend or wait for is a FAILED that explains itself.
 * @throws unknown what is a fault of the source
 */
async function check<Config>(source: Source<Config>, configPath: string, session: Session): Promise<ConnectionStatus> {
  try {
    const config = await loadConfig(source, configPath, session);
    return await session.stop.guard(source.check(config, session.context));
  } catch (error) {
    if (session.stop.requested) throw new StoppedError();
    if (!(error instanceof ConnectorError)) throw error;
    const details = internalMessage(error);
    if (details !== undefined) session.context.log('INFO', `The check failed: ${details}`);
    return { status: 'FAILED', message: error.message };
  }
}
