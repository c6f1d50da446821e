// What of others is in the program, taken from what esbuild really bundled: checks it, and writes its licence texts and
// completes the bill of materials. Nothing here depends on time, place or machine: the same sources give the same bytes.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Each asks for no more than that its text is passed on.
const ALLOWED_LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;
const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const sorted = (items) => [...new Set(items)].sort();

/**
 * What axios imports, and never reaches as cdk/http/send.ts uses it: proxies and redirects of its own, forms, HTTP/2, and its
 * other ways to send.
 */
const NEVER_REACHED = [
  'follow-redirects',
  'https-proxy-agent',
  'proxy-from-env',
  'form-data',
  'http2',
  './fetch.js',
  './xhr.js',
];

const LEFT_OUT = fileURLToPath(new URL('left-out.cjs', import.meta.url));

/** Merely looking for this global makes Node load its fetch, which takes 5 MB and 30 ms; it is for forms. */
const LOADS_FETCH = "typeof G.FormData !== 'undefined' ? G.FormData : undefined";

/** Leaves out of a bundle what axios never reaches: an empty module takes its place. */
export const leaveOut = () => ({
  name: 'leave-out',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, importer }) =>
      NEVER_REACHED.includes(path) && /[/\\]node_modules[/\\]axios[/\\]/.test(importer)
        ? { path: LEFT_OUT }
        : undefined,
    );
    build.onLoad({ filter: /[/\\]node_modules[/\\]axios[/\\]lib[/\\]utils\.js$/ }, ({ path }) => {
      const [before, after, ...more] = readFileSync(path, 'utf8').split(LOADS_FETCH);
      if (after === undefined || more.length > 0) throw new Error(`${path} is not what it was: see LOADS_FETCH`);
      return { contents: `${before}undefined${after}` };
    });
  },
});

/** The folders of the packages with code in the bundle, relative to the project: the keys of the lock file. */
function bundledFolders(metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  return sorted(inputs.flatMap((input) => input.match(PACKAGE_FOLDER)?.[0] ?? []));
}

/** The digest of a package's archive in hexadecimal, which npm compares with what it gets. */
function sha512In(integrity) {
  const base64 = integrity?.match(/sha512-([\w+/]+={0,2})/)?.[1];
  return base64 && Buffer.from(base64, 'base64').toString('hex');
}

/** The bundled packages of a project, each with what is wrong about it. */
function bundledPackages(root, metafile) {
  const lock = readJson(root, 'package-lock.json').packages;
  return bundledFolders(metafile).map((folder) => {
    const { name, version, license } = readJson(root, folder, 'package.json');
    const files = readdirSync(join(root, folder)).filter((file) => LICENCE_FILE.test(file));
    const texts = files.sort().map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
    const problems = [];
    const locked = lock[folder];
    const hash = sha512In(locked?.integrity);
    if (locked === undefined) problems.push('is not in package-lock.json');
    else {
      // What only a development install has, or what an install may lack, would make the bundle depend on the machine.
      const outside = ['dev', 'devOptional', 'optional', 'extraneous'].find((flag) => locked[flag]);
      if (outside) problems.push(`is not a production dependency: package-lock.json marks it "${outside}"`);
      if (hash === undefined) problems.push('has no SHA-512 in package-lock.json');
      if (locked.version !== version) problems.push(`is installed as ${version}, and locked as ${locked.version}`);
    }
    if (!ALLOWED_LICENCES.includes(license))
      problems.push(`has the licence ${JSON.stringify(license)}, not an allowed one`);
    if (texts.length === 0) problems.push('has no licence text');
    return { name, version, license, hash, texts, problems };
  });
}

/** Imports that are left to run time although nothing but Node's own modules is there then. */
function missingImports(metafile) {
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return sorted(imports.filter(({ external, path }) => external && !isBuiltin(path)).map(({ path }) => path));
}

/** The licence texts of all packages, as one text. */
function licenceTexts(packages) {
  const line = '='.repeat(80);
  const parts = packages.map(
    ({ name, version, license, texts }) =>
      `${line}\n${name} ${version} (${license})\n${line}\n\n${texts.join('\n\n')}\n`,
  );
  return ['The program contains code of these packages, under these licences.\n', ...parts].join('\n');
}

/** The files of a folder as components, with their digests. */
const filesIn = (folder) =>
  readdirSync(folder)
    .sort()
    .map((name) => {
      const content = createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
      return { type: 'file', name, 'bom-ref': `file:${name}`, hashes: [{ alg: 'SHA-256', content }] };
    });

/** Runs the program. Which version does is decided by the image, or by whoever runs it without one, not by the build. */
const NODE = {
  type: 'platform',
  name: 'node',
  'bom-ref': 'node',
  scope: 'required',
  licenses: [{ license: { id: 'MIT' } }],
  purl: 'pkg:generic/node',
};

/** A bill of materials with Node, the hashes of the packages, and the program's own files. */
function completed(bill, { packages, program }) {
  const withHash = (component) => {
    const name = component.group === undefined ? component.name : `${component.group}/${component.name}`;
    const found = packages.find((one) => one.name === name && one.version === component.version);
    return found === undefined ? component : { ...component, hashes: [{ alg: 'SHA-512', content: found.hash }] };
  };
  // Where the sources are is for the image's labels to say: package.json has a placeholder.
  const main = { ...bill.metadata.component, externalReferences: undefined };
  main.purl = main.purl?.replace(/\?.*/, '');
  const dependencies = bill.dependencies.map((one) =>
    one.ref === main['bom-ref'] ? { ...one, dependsOn: sorted([...(one.dependsOn ?? []), NODE['bom-ref']]) } : one,
  );
  return {
    ...bill,
    metadata: { ...bill.metadata, component: { ...main, components: filesIn(program) } },
    components: [...bill.components.map(withHash), NODE],
    dependencies: [...dependencies, { ref: NODE['bom-ref'] }],
  };
}

/**
 * Checks what was bundled and writes THIRD-PARTY-LICENSES.txt into a folder; completes the bill of materials there.
 *
 * @param program the folder of the bundle's files
 * @throws Error that names everything that may not be in the bundle
 */
export function describeThirdParty({ root, metafile, folder, bill, program }) {
  const packages = bundledPackages(root, metafile);
  const problems = [
    ...packages.flatMap(({ name, problems }) => problems.map((problem) => `${name} ${problem}`)),
    ...missingImports(metafile).map((path) => `${path} is required at run time, and is not in the bundle`),
  ];
  if (problems.length > 0) throw new Error(`The bundle holds what it may not hold:\n  ${problems.join('\n  ')}`);
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenceTexts(packages));
  const whole = completed(readJson(folder, bill), { packages, program });
  writeFileSync(join(folder, bill), `${JSON.stringify(whole, null, 2)}\n`);
}
