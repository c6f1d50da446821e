import type { ReadFile } from './json-file';
import type { MessageWriter } from './message-writer';
import type { CommandContext } from './source';
import type { Stop } from './stop';

/** What a command is run with. */
export interface Session {
  readonly writer: MessageWriter;
  readonly stop: Stop;
  /** For the source; its signal is that of `stop`. */
  readonly context: CommandContext;
  /** Epoch ms. */
  readonly now: () => number;
  readonly readFile: ReadFile;
}
