import { parseArgs } from 'node:util';

/** How the program is called. */
export const USAGE = `Usage: npm run probe -- --config FILE [--output FILE]
  --config  the connector's config file: domain and key of the tenant, and how many requests a minute may be made
  --output  the report, which must not exist yet; probe-<date>.json in this directory unless given
Asks a Tines tenant what its audit log API really does, by reading it, and tells before how many requests that takes.
Ends with 1 when the tenant can't be asked.
`;

/** The command line. */
export interface Arguments {
  readonly config: string;
  /** Undefined where none is named. */
  readonly output: string | undefined;
}

/** Reads the command line. @returns undefined where it is wrong; what is wrong is not repeated, for it can be a key */
export function readArguments(args: readonly string[]): Arguments | 'help' | undefined {
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
