import type {
  CommandContext,
  ConnectionStatus,
  ConnectorSpecification,
  JsonObject,
  Source,
  Stream,
} from '@airbyte/cdk-typescript-compat';
import spec from '../schemas/spec.json';
import type { Config } from './config';
import type { Environment } from './tines/connect';

const DAY_S = 24 * 60 * 60;

/** The source: one tenant, one stream. Each method imports what it needs, so that `spec` starts fast. */
export class SourceTines implements Source<Config> {
  readonly #environment: Environment;
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  spec(): ConnectorSpecification {
    return spec;
  }

  /** @throws ConfigError */
  async parseConfig(json: JsonObject): Promise<Config> {
    const { parseConfig } = await import('./config');
    return parseConfig(json, this.#environment.clock.now());
  }

  /**
   * Asks for one entry, with the configured filters: of all there is, or of the last day where that is too heavy for the
   * server, which a sync would find out, too.
   * @throws ConnectorError
   */
  async check(config: Config, context: CommandContext): Promise<ConnectionStatus> {
    const { connect } = await import('./tines/connect');
    const { TooHeavyError } = await import('./tines/errors');
    const { CHECK_RETRY_LIMITS } = await import('@airbyte/cdk-typescript-compat/http');
    const client = connect(config, this.#environment, {
      log: context.log,
      mask: context.mask,
      retryLimits: CHECK_RETRY_LIMITS,
      failuresOfOneRow: 1,
      onWait: () => undefined,
    });
    const one = { page: 1, perPage: 1 };
    try {
      await client.page(one, context.signal);
    } catch (error) {
      if (!(error instanceof TooHeavyError)) throw error;
      const after = Math.floor(this.#environment.clock.now() / 1000) - DAY_S;
      await client.page({ ...one, after }, context.signal);
    }
    return { status: 'SUCCEEDED' };
  }

  async streams(config: Config): Promise<readonly Stream[]> {
    const { AuditLogsStream } = await import('./audit-logs/stream');
    return [new AuditLogsStream(config, this.#environment)];
  }
}
