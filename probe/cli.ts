import { ConfigError } from '@airbyte/cdk-typescript-compat';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faultText, Session, type CliOptions } from './session';

/** How the program is called. */
const USAGE = `Usage: npm run probe -- --config FILE [--output FILE]
  --config  the connector's config file: domain and key of the tenant, and how many requests a minute may be made
  --output  the report, which must not exist yet; probe-<date>.json in this directory unless given
Asks a Tines tenant what its audit log API really does, by reading it, and tells before how many requests that takes.
Ends with 1 when the tenant can't be asked.
`;

/** The command line. */
interface Arguments {
  readonly config: string;
  /** Undefined where none is named. */
  readonly output: string | undefined;
}

/** The exit codes: all asked; the tenant can't be asked, or a fault; a wrong command line; stopped by Ctrl-C. */
const EXIT_CODES = { complete: 0, failed: 1, usage: 2, stopped: 130 } as const;

/** Runs the program. @returns the exit code */
export async function runCli(options: CliOptions): Promise<number> {
  const args = readArguments(options.args);
  if (args === 'help') {
    options.stdout(USAGE);
    return EXIT_CODES.complete;
  }
  if (args === undefined) {
    options.stderr(USAGE);
    return EXIT_CODES.usage;
  }
  const output = outputFile(args.output, options.directory, options.clock.now());
  if (output === undefined) {
    options.stderr('The file of --output exists already: name one that does not.\n');
    return EXIT_CODES.usage;
  }
  const session = new Session(options);
  try {
    const config = await session.readConfig(args.config);
    return EXIT_CODES[await session.probe(config, output)];
  } catch (error) {
    options.stderr(session.mask(`${error instanceof ConfigError ? error.message : faultText(error)}\n`));
    return EXIT_CODES.failed;
  }
}

/** Reads the command line. @returns undefined where it is wrong; what is wrong is not repeated, for it can be a key */
function readArguments(args: readonly string[]): Arguments | 'help' | undefined {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({
      args: [...args],
      options: { config: text, output: text, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return 'help';
    return values.config === undefined ? undefined : { config: values.config, output: values.output };
  } catch {
    return undefined;
  }
}

/**
 * Where the report goes: a file that does not exist yet.
 * @param directory where it goes unless a file is named
 * @param now epoch ms
 * @returns undefined where the named file exists
 */
function outputFile(named: string | undefined, directory: string, now: number): string | undefined {
  if (named !== undefined) return existsSync(named) ? undefined : named;
  const date = new Date(now).toISOString().slice(0, 10);
  for (let number = 1; ; number += 1) {
    const path = join(directory, number === 1 ? `probe-${date}.json` : `probe-${date}-${number}.json`);
    if (!existsSync(path)) return path;
  }
}
