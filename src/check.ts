import type { CommandContext, ConnectionStatus } from '@airbyte/cdk-typescript-compat';
import { CHECK_RETRY_LIMITS } from '@airbyte/cdk-typescript-compat/http';
import type { Config } from './config';
import type { TinesClient } from './tines/client';
import { connect, type Environment } from './tines/connect';
import { TooLargeError } from './tines/errors';
import { meantOperation } from './tines/operation-names';
import { isoSeconds, RETENTION_SECONDS } from './tines/request';

const DAY_S = 24 * 60 * 60;
const EMPTY = 'Tines shows no entry yet. What happens from now on will come.';
const FILTERED =
  'Tines shows entries, but none that matches User IDs and Operation Names: nothing comes until one does. Check both; names are case-sensitive, and an entry has to match both settings.';

/** Requests one entry with the configured filters, and logs what will probably bring nothing. @throws ConnectorError */
export async function checkConnection(
  config: Config,
  environment: Environment,
  { log, mask, signal }: CommandContext,
): Promise<ConnectionStatus> {
  const now = Math.floor(environment.clock.now() / 1000);
  const client = connect(config, environment, { log, mask, retryLimits: CHECK_RETRY_LIMITS, onWait: () => undefined });
  for (const notice of noticesOf(config, now)) log('WARN', notice);
  if (!(await hasEntries(client, now, signal))) {
    const hasFilters = config.userIds.length + config.operationNames.length > 0;
    const isFiltered = hasFilters && (await hasEntries(client.unfiltered(), now, signal));
    log(isFiltered ? 'WARN' : 'INFO', isFiltered ? FILTERED : EMPTY);
  }
  return { status: 'SUCCEEDED' };
}

/** What is known without a request to Tines. @param now epoch s */
function* noticesOf(config: Config, now: number): Generator<string> {
  const { domain, isDomainTranslated, operationNames, excludedOperations, backfillStart = Infinity } = config;
  const oldest = now - RETENTION_SECONDS;
  if (isDomainTranslated) {
    yield `Tenant Domain is the host ${domain} to the network: that is where the API key is sent. Check whether it is the tenant.`;
  }
  yield* misspeltIn('Operation Names', operationNames);
  yield* misspeltIn('Excluded Operations', excludedOperations);
  if (backfillStart < oldest * 1000) {
    yield `Backfill Start Time lies before the two years that Tines keeps: nothing from before ${isoSeconds(oldest)} comes.`;
  }
}

function* misspeltIn(setting: string, names: readonly string[]): Generator<string> {
  for (const name of names) {
    const meant = meantOperation(name);
    if (meant !== undefined) yield `${setting}: "${name}" may be misspelt. Tines spells it "${meant}".`;
  }
}

/** Of all there is, or of the last day where that is too large for the server, which a sync would find out, too. */
async function hasEntries(client: TinesClient, now: number, signal: AbortSignal): Promise<boolean> {
  const one = { page: 1, perPage: 1 };
  try {
    return (await client.page(one, signal)).size > 0;
  } catch (error) {
    if (!(error instanceof TooLargeError)) throw error;
    return (await client.page({ ...one, after: now - DAY_S }, signal)).size > 0;
  }
}
