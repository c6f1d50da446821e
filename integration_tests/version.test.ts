import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { version as cdkVersion } from '../cdk/package.json';
import lock from '../package-lock.json';
import { version } from '../package.json';

const root = resolve(__dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The first group of each match. */
const all = (path: string, pattern: RegExp): (string | undefined)[] =>
  [...read(path).matchAll(pattern)].map(([, group]) => group);

/** The releases that a changelog lists, newest first: headings without `(unreleased)`. */
const releasesIn = (path: string): (string | undefined)[] => all(path, /^## (\d\S*)$/gm);

describe('the version of package.json', () => {
  test('is the one of package-lock.json', () => {
    expect([lock.version, lock.packages[''].version]).toEqual([version, version]);
  });

  test('is the tag of the image in metadata.yaml', () => {
    expect(all('metadata.yaml', /^ *dockerImageTag: (.*)$/gm)).toEqual([version]);
  });

  test('is the one that the Dockerfile labels the image with', () => {
    expect(all('Dockerfile', /CONNECTOR_VERSION=(.*)$/gm)).toEqual([version]);
  });

  test('is the newest release of CHANGELOG.md', () => {
    expect(releasesIn('CHANGELOG.md')[0]).toBe(version);
  });

  test('is the newest in the table of docs/tines.md, which has the releases of CHANGELOG.md', () => {
    const versions = all('docs/tines.md', /^\| (\d+\.\d+\.\d+) +\|/gm);
    expect(versions[0]).toBe(version);
    expect(versions).toEqual(releasesIn('CHANGELOG.md'));
  });

  test('is the tag of every image that README and docs name', () => {
    const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((path) =>
      path.endsWith('.md'),
    );
    const tags = pages.flatMap((path) => all(path, /source-tines:([\w.-]+)/g));
    expect(new Set(tags)).toEqual(new Set([version]));
    expect(all('README.md', /^ *\| Docker image tag +\| `(.*?)`/gm)).toEqual([version]);
  });
});

test.each(['source', 'revision', 'created'])(
  'the image is labelled with its %s, which is a build argument',
  (label) => {
    const argument = `IMAGE_${label.toUpperCase()}`;
    const [, final = ''] = /\nFROM \$\{NODE_IMAGE\}\n(.*)/s.exec(read('Dockerfile')) ?? [];
    expect(final).toContain(`\nARG ${argument}=\n`);
    expect(final).toContain(`org.opencontainers.image.${label}="\${${argument}}"`);
    expect(read('docs/security.md')).toContain(`--build-arg ${argument}=`);
  },
);

describe('a breaking change', () => {
  const breaking = all('metadata.yaml', /^ {6}(\d+\.\d+\.\d+):$/gm);

  test('is named in metadata.yaml with a deadline, a message and what happens after the deadline', () => {
    const keys = /^ {8}(upgradeDeadline: '\d{4}-\d\d-\d\d'|message: .+|deadlineAction: (?:auto_upgrade|disable))$/gm;
    expect(breaking).toContain('0.2.0');
    expect(all('metadata.yaml', keys)).toHaveLength(3 * breaking.length);
  });

  test('has its section in the migration guide, newest first, with the title that Airbyte looks for', () => {
    const headings = all('docs/tines-migrations.md', /^##? (.*)$/gm);
    expect(headings).toEqual(['Tines Migration Guide', ...breaking.map((release) => `Upgrading to ${release}`)]);
  });

  test('is a release of CHANGELOG.md', () => {
    expect(releasesIn('CHANGELOG.md')).toEqual(expect.arrayContaining(breaking));
  });
});

describe('the version of cdk/package.json', () => {
  test('is the one of package-lock.json and the newest release of its own CHANGELOG.md', () => {
    expect([lock.packages.cdk.version, releasesIn('cdk/CHANGELOG.md')[0]]).toEqual([cdkVersion, cdkVersion]);
  });
});
