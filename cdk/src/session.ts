import type { GivenConfig } from './input/given-config';
import type { ReadFile } from './input/json-file';
import type { MessageWriter } from './output/message-writer';
import type { CommandContext } from './source';
import type { After, Stop } from './stop';

/** What a command is run with. */
export interface Session {
  readonly writer: MessageWriter;
  readonly stop: Stop;
  readonly config: GivenConfig;
  /** For the source; its signal is that of `stop`. */
  readonly context: CommandContext;
  /** Epoch ms. */
  readonly now: () => number;
  readonly after: After;
  readonly readFile: ReadFile;
}
