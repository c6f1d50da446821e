// Bundles the program (dist/source-tines.js), the simulated tenant, the demo, the example, the benchmarks and the fuzzer. What the
// tests, the demo and the image run is this one program; only the fuzzer has its code with counters in it.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { coverageCounters } from './coverage-counters.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
};

/** All that is delivered, in src/ and cdk/, but not what only tests use. */
const FUZZED =
  /\/(src\/((json|tines|audit-logs|generated|input|output)\/)?|cdk\/(http|incremental|define)\/|fuzz\/targets\/)[^/.]+\.[jt]s$/;

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { 'source-tines': 'src/main.ts' },
  outdir: 'dist',
});
// The image has no use for the rest.
if (!process.argv.includes('--program')) {
  await build({
    ...common,
    entryPoints: {
      'demo/guided-demo': 'demo/guided-demo.ts',
      'simulated-tenant/simulated-tenant': 'simulated-tenant/simulated-tenant-cli.ts',
      'worlds/worlds': 'src/testing/worlds/worlds-cli.ts',
    },
    outdir: 'dist',
  });
  await build({
    ...common,
    entryPoints: { 'source-helpdesk': 'examples/helpdesk/src/main.ts' },
    outdir: 'examples/helpdesk/dist',
  });
  await build({
    ...common,
    entryPoints: ['bench/run.ts', 'bench/bare-loop.ts', 'bench/usage-probe.ts'],
    outdir: 'dist/bench',
  });
  await build({
    ...common,
    entryPoints: { run: 'fuzz/run.ts', worker: 'fuzz/worker.ts' },
    outdir: 'dist/fuzz',
    plugins: [coverageCounters(FUZZED)],
  });
}
