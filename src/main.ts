import { setFlagsFromString } from 'node:v8';
import { launch, systemClock } from '@airbyte/cdk-typescript-compat';

// V8's young generation would grow to 16 MB, three times over, and hold next to nothing but the ends of network buffers:
// that is a third of the process's peak, see docs/benchmarks.md.
setFlagsFromString('--semi-space-growth-factor=1');

// The platform sets DEPLOYMENT_MODE for syncs alone, AIRBYTE_EDITION for checks, too.
const { AIRBYTE_EDITION, DEPLOYMENT_MODE } = process.env;

void launch(async () => {
  const { SourceTines } = await import('./source-tines');
  return new SourceTines({
    clock: systemClock,
    random: Math.random,
    http: (options) => {
      const get = import('@airbyte/cdk-typescript-compat/http').then(({ createHttpGet }) => createHttpGet(options));
      return async (target, signal, limits) => (await get)(target, signal, limits);
    },
    cloud: [AIRBYTE_EDITION, DEPLOYMENT_MODE].some((name) => name?.toLowerCase() === 'cloud'),
  });
});
