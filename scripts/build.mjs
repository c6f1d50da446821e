// Bundles the program (dist/source-tines.js) and the demo. What the tests, the demo and the image run
// is this one bundle.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
};

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
await build({ ...common, entryPoints: { 'source-tines': 'src/main.ts' }, outdir: 'dist' });
await build({
  ...common,
  entryPoints: { 'guided-demo': 'demo/guided-demo.ts', 'simulated-tenant': 'demo/simulated-tenant-cli.ts' },
  outdir: 'dist/demo',
});
