import { ConfigError } from '@airbyte/cdk-typescript-compat';
import { readArguments, USAGE } from './arguments';
import { outputFile } from './output-file';
import { faultText, Session, type CliOptions } from './session';

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
