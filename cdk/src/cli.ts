import { parseArgs } from 'node:util';

/** What the command line asks for. Paths are as given: absolute or relative to the working directory. */
export type Command =
  | { readonly verb: 'help' }
  | { readonly verb: 'spec'; readonly debug: boolean }
  | { readonly verb: 'check' | 'discover'; readonly debug: boolean; readonly configPath: string }
  | {
      readonly verb: 'read';
      readonly debug: boolean;
      readonly configPath: string;
      readonly catalogPath: string;
      readonly statePath: string | undefined;
    };

/** The command line can't be understood: say so on stderr, with {@link USAGE}, and exit with 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** How a source is called, for stderr: nothing but messages ever goes to stdout. */
export const USAGE = `Usage:
  spec
  check    --config FILE
  discover --config FILE
  read     --config FILE --catalog FILE [--state FILE]

Options:
  --debug  also log what is of interest only to developers (as does LOG_LEVEL=debug)
  --help   show this text
`;

const OPTIONS = {
  config: { type: 'string' },
  catalog: { type: 'string' },
  state: { type: 'string' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type FileOption = 'config' | 'catalog' | 'state';
type Values = Partial<Record<FileOption, string>> & { readonly debug?: boolean };

/**
 * Understands the arguments that follow the program's name.
 * @throws UsageError
 */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals, tokens } = parseTokens(argv);
  if (values.help === true) return { verb: 'help' };
  const [verb, ...extra] = positionals;
  if (verb === undefined) throw new UsageError('A command is missing.');
  const [unexpected] = extra;
  if (unexpected !== undefined) throw new UsageError(`Unexpected argument '${unexpected}'.`);
  refuseRepetition(tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : [])));
  return commandOf(verb, values);
}

function parseTokens(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true, tokens: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function refuseRepetition(names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new UsageError(`Option '--${repeated}' is given more than once.`);
}

function commandOf(verb: string, values: Values): Command {
  const debug = values.debug === true;
  switch (verb) {
    case 'spec':
      refuseOthers(verb, values, []);
      return { verb, debug };
    case 'check':
    case 'discover':
      refuseOthers(verb, values, ['config']);
      return { verb, debug, configPath: required(verb, values, 'config') };
    case 'read':
      return {
        verb,
        debug,
        configPath: required(verb, values, 'config'),
        catalogPath: required(verb, values, 'catalog'),
        statePath: values.state === undefined ? undefined : required(verb, values, 'state'),
      };
    default:
      throw new UsageError(`Unknown command '${verb}'.`);
  }
}

function refuseOthers(verb: string, values: Values, known: readonly FileOption[]): void {
  const options: readonly FileOption[] = ['config', 'catalog', 'state'];
  const other = options.find((option) => values[option] !== undefined && !known.includes(option));
  if (other !== undefined) throw new UsageError(`'${verb}' takes no option '--${other}'.`);
}

function required(verb: string, values: Values, option: FileOption): string {
  const value = values[option];
  if (value === undefined || value === '') throw new UsageError(`'${verb}' needs '--${option} FILE'.`);
  return value;
}
