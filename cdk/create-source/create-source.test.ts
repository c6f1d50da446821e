import { afterAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devDependencies } from '../../package.json';
import { peerDependencies, version } from '../package.json';
import { createSource } from './create-source';

const parent = mkdtempSync(join(tmpdir(), 'create-source-'));
afterAll(() => {
  rmSync(parent, { recursive: true, force: true });
});

const made = (name: string, file: string): string => readFileSync(join(parent, name, file), 'utf8');
const idIn = (name: string): string | undefined => /definitionId: (\S+)/.exec(made(name, 'metadata.yaml'))?.[1];

describe('a new source', () => {
  test('has the files of the template, with its own name and the date of today', () => {
    const { isMade, text } = createSource(['source-issue-tracker'], parent);
    expect({ isMade, text }).toMatchObject({ isMade: true, text: expect.stringContaining('cd source-issue-tracker') });
    const files = readdirSync(join(parent, 'source-issue-tracker'), { recursive: true, encoding: 'utf8' });
    expect(files).toEqual(
      expect.arrayContaining(['.gitignore', '.dockerignore', 'Dockerfile', join('src', 'source.ts')]),
    );
    expect(made('source-issue-tracker', 'metadata.yaml')).toContain('name: Issue Tracker\n');
    expect(made('source-issue-tracker', 'metadata.yaml')).toContain(new Date().toISOString().slice(0, 10));
    for (const file of files.filter((name) => /\.\w+$|file$/.test(name))) {
      expect(made('source-issue-tracker', file)).not.toMatch(/source-example|Example|2000-01-01/);
    }
  });

  test('has an id that no other has', () => {
    createSource(['one'], parent);
    createSource(['another'], parent);
    expect(idIn('one')).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(idIn('one')).not.toBe(idIn('another'));
  });

  test('depends on this version of the CDK, and on what the CDK and this project are tested with', () => {
    createSource(['dependent'], parent);
    const { dependencies, devDependencies: tools } = JSON.parse(made('dependent', 'package.json')) as Record<
      string,
      Record<string, string>
    >;
    expect(dependencies).toEqual({ '@airbyte/cdk-typescript-compat': `^${version}`, ...peerDependencies });
    const { '@types/node': types, esbuild, typescript } = devDependencies;
    expect(tools).toEqual({ '@types/node': types, esbuild, typescript });
  });

  test('may be made in a folder that is empty', () => {
    mkdirSync(join(parent, 'empty'));
    expect(createSource(['empty'], parent).isMade).toBe(true);
  });
});

describe('no source is made', () => {
  const names = 'A source needs one name of lower-case letters, digits and hyphens, such as "source-tracker".';

  test.each([[[]], [['a', 'b']], [['']], [['My']], [['a_b']], [['-a']], [['1a']], [['../up']], [['a/b']], [['a--b']]])(
    'of the arguments %j',
    (args) => {
      expect(createSource(args, join(parent, 'nowhere'))).toEqual({ isMade: false, text: names });
      expect(existsSync(join(parent, 'nowhere'))).toBe(false);
    },
  );

  test('where a folder has something in it, or a file is', () => {
    mkdirSync(join(parent, 'full'));
    writeFileSync(join(parent, 'full', 'note'), 'mine');
    writeFileSync(join(parent, 'file'), 'mine');
    for (const name of ['full', 'file']) {
      const text = `"${name}" is there already and not empty: choose another name.`;
      expect(createSource([name], parent)).toEqual({ isMade: false, text });
    }
    expect(readdirSync(join(parent, 'full'))).toEqual(['note']);
  });
});
