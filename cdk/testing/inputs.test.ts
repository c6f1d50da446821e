import { describe, expect, test } from '@jest/globals';
import { fakeSource } from './fake-source';
import { configuredCatalogOf } from './inputs';
import { runSource } from './run-source';

const config = { token: 'tok-1' };

describe('the configured catalog of a source', () => {
  test('has all its streams, each in the first mode that it has, and can be read', async () => {
    const catalog = await configuredCatalogOf(fakeSource(), config);
    expect(catalog).toMatchObject({
      streams: [
        { stream: { name: 'cats', namespace: null }, sync_mode: 'incremental', generation_id: null },
        { stream: { name: 'dogs' }, sync_mode: 'incremental' },
      ],
    });
    const run = await runSource(fakeSource(), ['read'], { config, catalog });
    expect(run).toMatchObject({ exitCode: 0, records: [{ stream: 'cats' }, { stream: 'dogs' }] });
  });

  test('has only the streams that are named, and what is said of them', async () => {
    expect(
      await configuredCatalogOf(fakeSource(), config, ['dogs'], { sync_mode: 'full_refresh', sync_id: 7 }),
    ).toMatchObject({ streams: [{ stream: { name: 'dogs' }, sync_mode: 'full_refresh', sync_id: 7 }] });
  });

  test('is an error for a stream that there is not', async () => {
    await expect(configuredCatalogOf(fakeSource(), config, ['cows'])).rejects.toThrow(
      'The source has no stream "cows".',
    );
  });

  test('is an error that says why discover fails', async () => {
    await expect(configuredCatalogOf(fakeSource(), {})).rejects.toThrow('discover fails: Token is missing');
  });
});
