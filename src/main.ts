import { launch, systemClock } from '@airbyte/cdk-typescript-compat';

// The platform sets DEPLOYMENT_MODE for syncs alone, AIRBYTE_EDITION for checks, too.
const { AIRBYTE_EDITION, DEPLOYMENT_MODE } = process.env;

void launch(async () => {
  const { SourceTines } = await import('./source-tines');
  return new SourceTines({
    clock: systemClock,
    random: Math.random,
    http: (options) => {
      const get = prepareHttp().then(({ createHttpGet }) => createHttpGet(options));
      return async (target, signal, limits) => (await get)(target, signal, limits);
    },
    cloud: [AIRBYTE_EDITION, DEPLOYMENT_MODE].some((name) => name?.toLowerCase() === 'cloud'),
  });
});

/**
 * Loads what talks to the network, and keeps V8's young generation at 1 MB. Node hands over each 16 KB of an answer in a
 * buffer of its own, which is freed when the young generation is collected; that would grow to 16 MB, of which next to
 * nothing is alive, and tens of megabytes of dead buffers would wait for it (docs/performance.md).
 */
async function prepareHttp() {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--semi-space-growth-factor=1');
  return import('./commands');
}
