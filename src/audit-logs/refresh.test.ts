import { describe, expect, test } from '@jest/globals';
import type { OpenRequest } from '@airbyte/cdk-typescript-compat';
import { isRefresh } from './refresh';

const refresh: OpenRequest = {
  state: undefined,
  syncMode: 'incremental',
  generationId: 3,
  minimumGenerationId: 3,
  syncId: 17,
};

describe('isRefresh', () => {
  test.each<[string, Partial<OpenRequest>]>([
    ['no generation but the current one and no state', {}],
    ['the first generation, in a later sync', { generationId: 1, minimumGenerationId: 1, syncId: 2 }],
    ['no sync id', { syncId: undefined }],
    ['a full refresh', { syncMode: 'full_refresh' }],
  ])('is true for %s', (_, change) => {
    expect(isRefresh({ ...refresh, ...change })).toBe(true);
  });

  test.each<[string, Partial<OpenRequest>]>([
    ['a state: a refresh that goes on after a failure', { state: { timestamp: '2026-01-01T00:00:00.000Z' } }],
    ['older generations that are kept', { minimumGenerationId: 2 }],
    ['no minimum', { minimumGenerationId: undefined }],
    ['generation 0, that of a new connection', { generationId: 0, minimumGenerationId: 0 }],
    ['no generation', { generationId: undefined }],
    ['a platform without refreshes', { generationId: undefined, minimumGenerationId: undefined, syncId: undefined }],
    ["PyAirbyte's first sync", { generationId: 1, minimumGenerationId: 1, syncId: 1 }],
  ])('is false for %s', (_, change) => {
    expect(isRefresh({ ...refresh, ...change })).toBe(false);
  });
});
