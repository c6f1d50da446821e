import { loadConfig } from './input/config-file';
import { internalMessage } from './output/error-trace';
import { ConnectorError } from './errors';
import type { ConnectionStatus } from './protocol';
import type { Session } from './session';
import type { Source } from './source';
import { StoppedError } from './stop';

/**
 * Tries the user's config out. Whatever the user can mend or wait for is a FAILED that explains itself.
 * @throws unknown what is a fault of the source
 */
export async function check<Config>(
  source: Source<Config>,
  configPath: string,
  session: Session,
): Promise<ConnectionStatus> {
  try {
    const config = await loadConfig(source, configPath, session);
    return await session.stop.guard(source.check(config, session.context));
  } catch (error) {
    if (session.stop.requested) throw new StoppedError();
    if (!(error instanceof ConnectorError)) throw error;
    const details = internalMessage(error);
    if (details !== undefined) session.context.log('INFO', `The check failed: ${details}`);
    return { status: 'FAILED', message: error.message };
  }
}
