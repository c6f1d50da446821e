import { launch } from '@airbyte/cdk-typescript-compat';

void launch(async () => {
  const { SourceTines } = await import('./source-tines');
  const { systemClock } = await import('./clock');
  const { createHttpGet } = await import('./tines/http');
  return new SourceTines({
    clock: systemClock,
    random: Math.random,
    http: createHttpGet,
    cloud: process.env['DEPLOYMENT_MODE']?.toLowerCase() === 'cloud',
  });
});
