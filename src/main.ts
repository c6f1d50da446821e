import { setFlagsFromString } from 'node:v8';
import { launch, systemClock } from '@airbyte/cdk-typescript-compat';

// V8's young generation would grow to 16 MB, three times over, and hold next to nothing but the ends of network buffers:
// that is a third of the process's peak, see docs/benchmarks.md.
setFlagsFromString('--semi-space-growth-factor=1');

void launch(async () => {
  const { SourceTines } = await import('./source-tines');
  return new SourceTines({
    clock: systemClock,
    random: Math.random,
    http: (options) => {
      const get = import('./tines/http').then(({ createHttpGet }) => createHttpGet(options));
      return async (target, signal, limits) => (await get)(target, signal, limits);
    },
    cloud: process.env['DEPLOYMENT_MODE']?.toLowerCase() === 'cloud',
  });
});
