import type { OpenRequest } from '@airbyte/cdk-typescript-compat';

/**
 * A refresh: the platform asks for everything anew, and may delete what it had once the read succeeds (Airbyte's docs,
 * "Refreshing your data"). The catalog then asks for no generation but the current one, and there is no state. A first
 * sync looks the same with PyAirbyte, which always sends generation 1, minimum 1 and sync 1: there is nothing to lose.
 */
export function isRefresh({ state, generationId, minimumGenerationId, syncId }: OpenRequest): boolean {
  if (state !== undefined || generationId === undefined || syncId === 1) return false;
  return generationId >= 1 && minimumGenerationId === generationId;
}
