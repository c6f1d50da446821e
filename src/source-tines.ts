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

/** The source: one tenant, one stream. Each method imports what it needs, so that `spec` starts fast. */
export class SourceTines implements Source<Config> {
  constructor(private readonly environment: Environment) {}

  spec(): ConnectorSpecification {
    return spec;
  }

  /** @throws ConfigError */
  async parseConfig(json: JsonObject): Promise<Config> {
    const { parseConfig } = await import('./config');
    return parseConfig(json, this.environment.clock.now());
  }

  /** Asks for one entry, with the configured filters. @throws ConnectorError */
  async check(config: Config, context: CommandContext): Promise<ConnectionStatus> {
    const { connect } = await import('./tines/connect');
    const { CHECK_RETRY_LIMITS } = await import('./tines/retry');
    const client = connect(config, this.environment, {
      log: context.log,
      retryLimits: CHECK_RETRY_LIMITS,
      onWait: () => undefined,
    });
    await client.page({ page: 1, perPage: 1 }, context.signal);
    return { status: 'SUCCEEDED' };
  }

  async streams(config: Config): Promise<readonly Stream[]> {
    const { AuditLogsStream } = await import('./audit-logs/stream');
    return [new AuditLogsStream(config, this.environment)];
  }
}
