import { launch, systemClock } from '@airbyte/cdk-typescript-compat';
import { name, version } from '../package.json';
import type { SourceTines } from './source-tines';

// The platform sets DEPLOYMENT_MODE for syncs alone, AIRBYTE_EDITION for checks, too.
const { AIRBYTE_EDITION, DEPLOYMENT_MODE } = process.env;

void launch({ name, version, load });

async function load(): Promise<SourceTines> {
  const { SourceTines } = await import('./source-tines');
  let collectGarbage: (() => void) | undefined;
  return new SourceTines({
    clock: systemClock,
    random: Math.random,
    http: (options) => {
      const get = prepareHttp().then(({ createHttp, collect }) => {
        collectGarbage = collect;
        return createHttp(options);
      });
      return async (request, signal, limits) => (await get)(request, signal, limits);
    },
    collectGarbage: () => {
      collectGarbage?.();
    },
    cloud: [AIRBYTE_EDITION, DEPLOYMENT_MODE].some((variable) => variable?.toLowerCase() === 'cloud'),
  });
}

/** One of so many collections is of all generations: once in 200 MiB of responses, or some 900 pages. */
const MINOR_TO_MAJOR = 25;

/**
 * Loads what talks to the network, and keeps V8's young generation at 1 MB. Node hands over each 16 KB of a response in
 * a buffer of its own, which is freed when the young generation is collected; that would grow to 16 MB, of which next
 * to nothing is alive, and tens of megabytes of dead buffers would wait for it (docs/performance.md). Of large pages
 * they would all the same: `collect` frees them, and now and then what requests have left in the old generation.
 */
async function prepareHttp() {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([import('node:v8'), import('node:vm')]);
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  let collections = 0;
  const collect = (): void => {
    collections += 1;
    const type = collections % MINOR_TO_MAJOR === 0 ? 'major' : 'minor';
    if (typeof gc === 'function') Reflect.apply(gc, undefined, [{ type }]);
  };
  const { createHttp } = await import('./commands');
  return { createHttp, collect };
}
