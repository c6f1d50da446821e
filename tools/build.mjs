// Bundles the program (dist/program), the simulated tenant, the demo, the probe, the example, the benchmarks and the fuzzer.
// What the tests, the demo and the image run is this one program; beside it come its bill of materials and the licences of
// what it holds. Only the fuzzer has its code with counters in it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild';
import { build } from 'esbuild';
import typescript from 'typescript';
import { coverageCounters } from './coverage-counters.mjs';
import { replaceFolder } from './replace-folder.mjs';
import { describeThirdParty, leaveOut } from './third-party.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
  plugins: [leaveOut()],
};

/** All that is delivered, in src/ and cdk/, but not what only tests use. */
const FUZZED =
  /\/(src\/((json|tines|records|audit-logs|generated|input|output)\/)?|cdk\/(http|incremental|define)\/|tools\/fuzz\/targets\/)[^/.]+\.[jt]s$/;

/**
 * Schemas are compiled when the validators are generated, and nothing is read as CSV, so nothing calls what loads the compiler
 * or the parser; esbuild would make files of them all the same.
 */
const withoutUncalled = {
  name: 'without-uncalled',
  setup({ onResolve }) {
    onResolve({ filter: /^(ajv|csv-parse)$/ }, ({ path }) => ({ path, external: true }));
  },
};

// Built elsewhere and put in place at the end: a build that runs at the same time, or a program, never meets half of it.
const cache = join(root, 'node_modules/.cache');
mkdirSync(cache, { recursive: true });
const building = mkdtempSync(join(cache, 'build-'));
process.on('exit', () => rmSync(building, { recursive: true, force: true }));
const dist = join(building, 'dist');
const exampleDist = join(building, 'example');
const bill = 'source-tines.cdx.json';
const program = join(dist, 'program');
const { metafile } = await build({
  ...common,
  // What is imported dynamically becomes a file of its own, which V8 need not compile before it is loaded. esbuild splits
  // ES modules only.
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  entryPoints: { main: 'src/main.ts' },
  outdir: program,
  metafile: true,
  plugins: [
    ...common.plugins,
    withoutUncalled,
    cyclonedxEsbuildPlugin({
      specVersion: '1.6',
      outputFile: `../${bill}`,
      logLevel: 'silent',
      outputReproducible: true,
      validate: true,
    }),
  ],
});
// Node loads CommonJS in half the time. TypeScript leaves the comments in that say where code comes from.
for (const file of readdirSync(program).map((name) => join(program, name))) {
  const { outputText } = typescript.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: {
      module: typescript.ModuleKind.CommonJS,
      target: typescript.ScriptTarget.ES2022,
      // axios takes Node's modules by their default export.
      esModuleInterop: true,
    },
  });
  writeFileSync(file, outputText);
}
describeThirdParty({ root, metafile, folder: dist, bill, program });
// The image has no use for the rest.
if (!process.argv.includes('--program')) {
  await build({
    ...common,
    entryPoints: {
      'demo/guided-demo': 'demo/guided-demo.ts',
      'simulated-tenant/simulated-tenant': 'simulated-tenant/simulated-tenant-cli.ts',
      'probe/run': 'probe/run.ts',
      'worlds/worlds': 'testing/worlds/worlds-cli.ts',
    },
    outdir: dist,
    // An ES module that awaits at its top: it can't be bundled, and only the demo needs it.
    external: ['vega'],
  });
  await build({
    ...common,
    entryPoints: { 'source-helpdesk': 'examples/helpdesk/src/main.ts' },
    outdir: exampleDist,
  });
  await build({
    ...common,
    entryPoints: ['tools/bench/run.ts', 'tools/bench/bare-loop.ts', 'tools/bench/usage-probe.ts'],
    outdir: join(dist, 'bench'),
  });
  await build({
    ...common,
    entryPoints: { run: 'tools/fuzz/run.ts', worker: 'tools/fuzz/worker.ts' },
    outdir: join(dist, 'fuzz'),
    plugins: [...common.plugins, coverageCounters(FUZZED)],
  });
  replaceFolder(join(root, 'examples/helpdesk/dist'), exampleDist);
}
replaceFolder(join(root, 'dist'), dist);
