// Makes the package of cdk/ as it would be published: CommonJS and declarations in dist/cdk/, and a tarball beside it,
// whose path is printed. The workspace itself uses the TypeScript sources: the manifest in dist/cdk/ points elsewhere.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const run = (program, args) => execFileSync(program, args, { cwd: path('.'), encoding: 'utf8' });

rmSync(path('dist/cdk'), { recursive: true, force: true });
run(process.execPath, [path('node_modules/typescript/bin/tsc'), '-p', 'cdk/tsconfig.package.json']);

const compiled = (source) => source.replace(/\.ts$/, '');
const manifest = JSON.parse(readFileSync(path('cdk/package.json'), 'utf8'));
const exports = Object.entries(manifest.exports).map(([name, source]) => [
  name,
  { types: `${compiled(source)}.d.ts`, default: `${compiled(source)}.js` },
]);
const [[, main]] = exports;
const published = {
  type: 'commonjs',
  main: main.default,
  types: main.types,
  exports: Object.fromEntries(exports),
  bin: { 'create-source': 'create-source/create-source.js' },
};
writeFileSync(path('dist/cdk/package.json'), JSON.stringify({ ...manifest, ...published }, null, 2));
cpSync(path('cdk/create-source/template'), path('dist/cdk/create-source/template'), { recursive: true });
cpSync(path('LICENSE'), path('dist/cdk/LICENSE'));
for (const file of ['README.md', 'CHANGELOG.md']) cpSync(path(`cdk/${file}`), path(`dist/cdk/${file}`));

const [{ filename }] = JSON.parse(run('npm', ['pack', './dist/cdk', '--pack-destination', 'dist', '--json']));
process.stdout.write(`${path(`dist/${filename}`)}\n`);
