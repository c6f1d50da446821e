import { ConnectorError } from '@airbyte/cdk-typescript-compat';
import {
  GivenUpError,
  isHttpFact,
  RateLimitedError,
  RefusedError,
  RetryableError,
  type ServiceNames,
} from '@airbyte/cdk-typescript-compat/http';
import { explainFact } from '../src/tines/errors';

/**
 * The sentence for what ended the probe, the same that a check has for it.
 * @param ms how long was tried, in ms
 * @returns undefined for faults of the program
 */
export function explained(error: unknown, tenant: ServiceNames, ms: number): ConnectorError | undefined {
  if (error instanceof ConnectorError) return error;
  if (error instanceof RefusedError) return explained(error.final, tenant, ms);
  if (isHttpFact(error)) return explainFact(error, tenant);
  if (!(error instanceof RetryableError)) return undefined;
  const reason = error instanceof RateLimitedError ? 'only_rate_limited' : 'nothing_succeeded';
  return explainFact(new GivenUpError(reason, ms, error), tenant);
}
