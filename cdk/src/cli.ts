import { parseArgs } from 'node:util';
import { isError } from './errors';

/** What the command line asks for. Paths are as given: absolute or relative to the working directory. */
export type Command = { readonly debug: boolean } & (
  | { readonly verb: 'help' | 'version' | 'spec' }
  | { readonly verb: 'check' | 'discover'; readonly configPath: string }
  | ({ readonly verb: 'read'; readonly configPath: string } & ReadPaths)
  | ({ readonly verb: 'sample'; readonly configPath: string } & Sample)
);

/** Where the inputs of a read are, in addition to the config. */
export interface ReadPaths {
  readonly catalogPath: string;
  readonly statePath: string | undefined;
}

/** What `read --sample` reads: no more than `records` of each stream, or only of the one named. */
export interface Sample {
  readonly records: number;
  readonly stream: string | undefined;
}

/**
 * The command line can't be understood: say so on stderr, with {@link USAGE}, and exit with 2. What was typed is not
 * repeated: it may be a secret.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How a source is called, for stderr: only messages go to stdout, and the version that scripts ask for. */
export const USAGE = `Usage:
  spec
  check    --config FILE
  discover --config FILE
  read     --config FILE --catalog FILE [--state FILE]
  read     --config FILE --sample N [--stream NAME]

Options:
  --sample   read at most N records of each stream, or of the one named: no catalog and no state is needed
  --debug    also log what is of interest only to developers (as does LOG_LEVEL=debug)
  --help     show this text
  --version  write name and version to stdout
`;

const OPTIONS = {
  config: { type: 'string' },
  catalog: { type: 'string' },
  state: { type: 'string' },
  sample: { type: 'string' },
  stream: { type: 'string' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

type FileOption = 'config' | 'catalog' | 'state';
type Option = FileOption | 'sample' | 'stream';
type Values = Partial<Record<Option, string>> & { readonly debug?: boolean };

/**
 * Understands the arguments that follow the program's name.
 * @throws UsageError
 */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals, tokens } = parseTokens(argv);
  if (values.help === true) return { verb: 'help', debug: false };
  if (values.version === true) return { verb: 'version', debug: false };
  const [verb, ...extra] = positionals;
  if (verb === undefined) throw new UsageError('A command is missing.');
  if (extra.length > 0) throw new UsageError('There is an argument too many.');
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new UsageError(`Option '--${repeated}' is given more than once.`);
  return commandOf(verb === 'read' && values.sample !== undefined ? 'read --sample' : verb, values);
}

function parseTokens(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true, tokens: true });
  } catch (error) {
    if (!isError(error)) throw error;
    // Node's messages name the option; of one that is not known, the name may be anything, such as a key.
    const isUnknown = 'code' in error && error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    throw new UsageError(isUnknown ? 'An option is unknown.' : error.message);
  }
}

function commandOf(title: string, values: Values): Command {
  const debug = values.debug === true;
  const configOf = (...others: readonly Option[]): string => {
    refuseOthers(title, values, ['config', ...others]);
    return required(title, values, 'config');
  };
  switch (title) {
    case 'spec':
      refuseOthers(title, values, []);
      return { verb: title, debug };
    case 'check':
    case 'discover':
      return { verb: title, debug, configPath: configOf() };
    case 'read':
      return {
        verb: title,
        debug,
        configPath: configOf('catalog', 'state'),
        catalogPath: required(title, values, 'catalog'),
        statePath: values.state === undefined ? undefined : required(title, values, 'state'),
      };
    case 'read --sample': {
      const configPath = configOf('sample', 'stream');
      if (/^[1-9]\d{0,8}$/.test(values.sample ?? '')) {
        return { verb: 'sample', debug, configPath, records: Number(values.sample), stream: values.stream };
      }
      throw new UsageError(`'${title}' needs a whole number of records, from 1 to 999999999.`);
    }
    default:
      throw new UsageError('The command is unknown.');
  }
}

function refuseOthers(verb: string, values: Values, known: readonly Option[]): void {
  const options: readonly Option[] = ['config', 'catalog', 'state', 'sample', 'stream'];
  const other = options.find((option) => values[option] !== undefined && !known.includes(option));
  if (other !== undefined) throw new UsageError(`'${verb}' takes no option '--${other}'.`);
}

function required(verb: string, values: Values, option: FileOption): string {
  const value = values[option];
  if (value === undefined || value === '') throw new UsageError(`'${verb}' needs '--${option} FILE'.`);
  return value;
}
