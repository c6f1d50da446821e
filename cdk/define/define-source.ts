import type { CommandContext, Source, Stream } from '../src/source';
import type { Spec } from './define-spec';

/** What makes a source. */
export interface SourceDefinition<Config> {
  readonly spec: Spec<Config>;
  /**
   * Tries the config out, with one small request.
   * @throws ConnectorError that says why it doesn't work
   */
  readonly check: (config: Config, context: CommandContext) => Promise<void>;
  /** The streams, in the order of the catalog. */
  readonly streams: (config: Config, context: CommandContext) => readonly Stream[] | Promise<readonly Stream[]>;
  /** As {@link Source.missingStreams}. */
  readonly missingStreams?: 'fail' | 'skip';
}

/** A source for `launch`, whose settings are checked against its spec before anything else happens. */
export function defineSource<Config>(definition: SourceDefinition<Config>): Source<Config> {
  const { spec, check, streams, missingStreams } = definition;
  return {
    spec: () => spec.specification,
    parseConfig: (json) => spec.parse(json),
    check: async (config, context) => {
      await check(config, context);
      return { status: 'SUCCEEDED' };
    },
    streams,
    ...(missingStreams === undefined ? {} : { missingStreams }),
  };
}
