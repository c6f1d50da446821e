import type { CommandContext, JsonObject, Source, Stream } from '@airbyte/cdk-typescript-compat';
import spec from '../schemas/spec.json';
import type { Config } from './config';
import type { Environment } from './tines/connect';

/** The source: one tenant, one stream. All but the specification is loaded when it is needed. */
export class SourceTines implements Source<Config> {
  readonly #environment: Environment;
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  spec() {
    return spec;
  }

  /** @throws ConfigError */
  async parseConfig(json: JsonObject) {
    const { parseConfig } = await import('./commands');
    return parseConfig(json, this.#environment.clock.now());
  }

  /** See {@link checkConnection}. @throws ConnectorError */
  async check(config: Config, context: CommandContext) {
    const { checkConnection } = await import('./commands');
    return checkConnection(config, this.#environment, context);
  }

  async streams(config: Config): Promise<readonly Stream[]> {
    const { auditLogsStream } = await import('./commands');
    return [auditLogsStream(config, this.#environment)];
  }
}
