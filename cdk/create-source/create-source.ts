#!/usr/bin/env node
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isJsonObject } from '../src/json-text';
import type { JsonObject } from '../src/protocol';

/** The package of the CDK. */
const CDK = join(__dirname, '..');
const TEMPLATE = join(__dirname, 'template');
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** What came of it: the text says what was made and what to do next, or why nothing was. */
export interface Creation {
  readonly isMade: boolean;
  readonly text: string;
}

/**
 * Makes the folder of a new source: the template under its name, with an id of its own.
 * @param args of the command line: the name of the source and of its folder
 * @param parent the folder to make it in
 */
export function createSource(args: readonly string[], parent: string): Creation {
  const [name = '', ...more] = args;
  if (!NAME.test(name) || more.length > 0) {
    const text = 'A source needs one name of lower-case letters, digits and hyphens, such as "source-tracker".';
    return { isMade: false, text };
  }
  const folder = resolve(parent, name);
  if (isTaken(folder)) {
    return { isMade: false, text: `"${name}" is there already and not empty: choose another name.` };
  }
  const replacements = [
    ['source-example', name],
    ['Example', titleOf(name)],
    ['00000000-0000-4000-8000-000000000000', randomUUID()],
    ['2000-01-01', new Date().toISOString().slice(0, 10)],
    ['"@airbyte/cdk-typescript-compat": "*"', `"@airbyte/cdk-typescript-compat": "${versionOf(CDK, folder)}"`],
  ] as const;
  for (const file of filesIn(TEMPLATE)) {
    const path = join(folder, file.replace(/^gitignore$/, '.gitignore'));
    mkdirSync(dirname(path), { recursive: true });
    const template = readFileSync(join(TEMPLATE, file), 'utf8');
    writeFileSync(
      path,
      replacements.reduce((text, [from, to]) => text.replaceAll(from, to), template),
    );
  }
  const next = `cd ${name} && npm install && npm test`;
  return { isMade: true, text: `${name} is made, and reads an example API. Next:\n\n  ${next}\n\nThen see README.md.` };
}

function isTaken(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return existsSync(folder);
  }
}

/** `source-issue-tracker` is the source of `Issue Tracker`. */
function titleOf(name: string): string {
  const words = name.replace(/^source-/, '').split('-');
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(' ');
}

function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/**
 * What a project in `folder` depends on to get this package: the file that npm has installed it from, as its hidden lock file
 * says (https://docs.npmjs.com/cli/configuring-npm/package-lock-json#hidden-lockfiles), or its version.
 */
function versionOf(cdk: string, folder: string): string {
  const { name, version } = jsonIn(join(cdk, 'package.json'));
  const installation = resolve(cdk, '../../..');
  const { packages } = jsonIn(join(installation, 'node_modules/.package-lock.json'));
  const entry = isJsonObject(packages) ? packages[`node_modules/${String(name)}`] : undefined;
  const resolved = isJsonObject(entry) ? String(entry['resolved']) : '';
  if (!resolved.startsWith('file:')) return `^${String(version)}`;
  return `file:${relative(folder, resolve(installation, resolved.slice('file:'.length)))}`;
}

function jsonIn(path: string): JsonObject {
  const json: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  return isJsonObject(json) ? json : {};
}

if (require.main === module) {
  const { isMade, text } = createSource(process.argv.slice(2), process.cwd());
  (isMade ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = isMade ? 0 : 1;
}
