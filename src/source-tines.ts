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
import { parseConfig } from './config';
import { AuditLogsStream } from './audit-logs/stream';
import { connect } from './tines/connect';
import { CHECK_RETRY_LIMITS } from './tines/retry';

/** The source: one tenant, one stream. */
export class SourceTines implements Source<Config> {
  constructor(private readonly environment: Environment) {}

  spec(): ConnectorSpecification {
    return spec;
  }

  /** @throws ConfigError */
  parseConfig(json: JsonObject): Config {
    return parseConfig(json, this.environment.clock.now());
  }

  /** Asks for one entry, with the configured filters. @throws ConnectorError */
  async check(config: Config, context: CommandContext): Promise<ConnectionStatus> {
    const client = connect(config, this.environment, {
      log: context.log,
      retryLimits: CHECK_RETRY_LIMITS,
      onWait: () => undefined,
    });
    await client.page({ page: 1, perPage: 1 }, context.signal);
    return { status: 'SUCCEEDED' };
  }

  streams(config: Config): readonly Stream[] {
    return [new AuditLogsStream(config, this.environment)];
  }
}
