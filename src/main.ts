import { setFlagsFromString } from 'node:v8';
import { launch } from '@airbyte/cdk-typescript-compat';

// Pages become garbage as fast as they come. Where there is much memory, V8 lets it pile up to several times of what is
// in use before it collects; a connector shares its machine. See docs/benchmarks.md for what it takes.
setFlagsFromString('--heap-growing-percent=40');

/**
 * V8's young generation has grown to 2 MB by the first answer, because of the program that was loaded. Pages would take it
 * to 16 MB, and most of that to the process's peak.
 */
function keepYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

void launch(async () => {
  const { SourceTines } = await import('./source-tines');
  const { systemClock } = await import('./clock');
  return new SourceTines({
    clock: systemClock,
    random: Math.random,
    http: (options) => {
      const get = import('./tines/http').then(({ createHttpGet }) => createHttpGet(options));
      return async (target, signal) => {
        const answer = await (await get)(target, signal);
        keepYoungGeneration();
        return answer;
      };
    },
    cloud: process.env['DEPLOYMENT_MODE']?.toLowerCase() === 'cloud',
  });
});
