import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { ConfigError } from './errors';
import { readJsonFile, type ReadFile } from './input/json-file';
import { MessageWriter, type Output } from './output/message-writer';
import { Secrets } from './output/secrets';
import { isJsonObject } from './json-text';
import type { JsonObject, LogLevel } from './protocol';
import { repeatedIn, titleOf, type CommandContext, type Log, type Source, type Stream } from './source';
import { Stop, type After } from './stop';

/** What a command is run with. */
export interface Session {
  readonly writer: MessageWriter;
  readonly stop: Stop;
  /** Takes note of a config, valid or not: its secrets are masked from then on. */
  readonly takeConfig: (schema: JsonObject, json: unknown) => void;
  /** For the source; its signal is that of `stop`. */
  readonly context: CommandContext;
  /** Epoch ms. */
  readonly now: () => number;
  readonly after: After;
  readonly readFile: ReadFile;
}

/** What a session stands on. */
export interface SessionOptions extends Pick<Session, 'now' | 'after' | 'readFile'> {
  /** Where the messages go: stdout. */
  readonly output: Output;
  /** `globalThis.console`: what is said to it from now on becomes LOG messages. */
  readonly console?: object;
  /** Aborted to ask the run to end. */
  readonly signal: AbortSignal;
  /** Aborted, with the error as its reason, by what was thrown where nobody could catch it. */
  readonly fault: AbortSignal;
}

/** @param debug whether messages of the levels DEBUG and TRACE are logged */
export function startSession(options: SessionOptions, debug: boolean): Session {
  const { now, after, readFile } = options;
  const stop = new Stop(options.signal, options.fault, after);
  const secrets = new Secrets();
  const writer = new MessageWriter(options.output, secrets.mask, () => {
    stop.request();
  });
  const log = (level: LogLevel, message: unknown): void => {
    if (!debug && (level === 'DEBUG' || level === 'TRACE')) return;
    writer.message({ type: 'LOG', log: { level, message: String(message) } });
  };
  const given = { schema: {}, config: {} };
  const takeConfig = (schema: JsonObject, json: unknown): void => {
    secrets.addConfig(schema, json);
    Object.assign(given, { schema, config: isJsonObject(json) ? json : {} });
  };
  const context: CommandContext = {
    log,
    signal: stop.signal,
    mask: (secret) => {
      secrets.add(secret);
    },
    saveConfig: (changes) => {
      takeConfig(given.schema, merged(given.config, changes));
      const connectorConfig = { config: given.config };
      writer.message({ type: 'CONTROL', control: { type: 'CONNECTOR_CONFIG', emitted_at: now(), connectorConfig } });
    },
  };
  if (options.console !== undefined) redirectConsole(options.console, log);
  return { writer, stop, now, after, readFile, takeConfig, context };
}

/**
 * Reads and parses the user's config. From then on its secrets are masked in everything that is logged.
 * @throws ConfigError
 */
export async function loadConfig<Config>(source: Source<Config>, path: string, session: Session): Promise<Config> {
  const given = withoutNulls(await session.stop.guard(readJsonFile('config file', path, session.readFile)));
  session.takeConfig(source.spec().connectionSpecification, given);
  if (!isJsonObject(given)) throw new ConfigError(`The config file "${path}" must hold a JSON object.`);
  return session.stop.guard(Promise.resolve(source.parseConfig(given)));
}

/** Items of an array keep their places, so that a null among them stays. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const given = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(given.map(([key, child]) => [key, withoutNulls(child)]));
}

/** Merges changes into a config (JSON merge patch, RFC 7396). */
function merged(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else if (value !== undefined) result.set(key, merged(result.get(key), value));
  }
  return Object.fromEntries(result);
}

/**
 * The streams of a source.
 * @throws Error when two have the same name and namespace: what is read of one could not be distinguished from the other
 */
export async function streamsOf<Config>(
  source: Source<Config>,
  config: Config,
  { stop, context }: Session,
): Promise<readonly Stream[]> {
  const streams = await stop.guard(Promise.resolve(source.streams(config, context)));
  const twice = repeatedIn(streams.map(({ descriptor }) => descriptor));
  if (twice !== undefined) throw new Error(`The source has two streams named ${titleOf(twice)}.`);
  return streams;
}

/**
 * Makes LOG messages of what is said to a console, by whichever library: on stdout it would be no message, on stderr
 * its secrets would not be masked.
 * @param target `globalThis.console`
 */
function redirectConsole(target: object, log: Log): void {
  const into = (level: LogLevel): Writable =>
    new Writable({
      decodeStrings: false,
      // A console writes whatever it says at once, with a newline.
      write: (text: string | Buffer, _, done) => {
        const message = text.toString().replace(/\n$/, '');
        if (message !== '') log(level, message);
        done();
      },
    });
  Object.assign(target, new Console({ stdout: into('INFO'), stderr: into('WARN'), colorMode: false }));
}
