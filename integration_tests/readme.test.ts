import { exec } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import type { AirbyteMessage, JsonObject } from '@airbyte/cdk-typescript-compat';
import { root } from './connector';
import { configFor, pastEntries, withTenant } from './tenant';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The first block of code in a language that has this text. */
function block(language: string, text: string): string {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
  const found = blocks.find((code) => code.includes(text));
  if (found === undefined) throw new Error(`The README has no block with ${text}`);
  return found;
}

test('the commands of the README run as they stand: the program, and a read from the state of the one before', async () => {
  const commands = block('sh', 'bin/source-tines spec').trim().split('\n');
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  const types = async (command: string): Promise<string[]> => {
    const { stdout } = await promisify(exec)(command, { cwd: folder, maxBuffer: 1e8 });
    writeFileSync(join(folder, 'output.jsonl'), stdout);
    return stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as AirbyteMessage).type);
  };
  const commandOf = (verb: string, state = ''): string =>
    commands.find((command) => command.split(/ +/)[1] === verb)?.replace(/\[(.*)\]/, state) ?? '';
  await withTenant({ entries: pastEntries(1000) }, async (tenant) => {
    symlinkSync(join(root, 'bin'), join(folder, 'bin'));
    const config = JSON.parse(block('json', '"tenant_domain"')) as JsonObject;
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, ...configFor(tenant) }));
    writeFileSync(join(folder, 'catalog.json'), block('json', '"destination_sync_mode"'));

    expect(await types(commandOf('spec'))).toEqual(['SPEC']);
    expect((await types(commandOf('check'))).at(-1)).toBe('CONNECTION_STATUS');
    expect((await types(commandOf('discover'))).at(-1)).toBe('CATALOG');
    expect((await types(commandOf('read'))).filter((type) => type === 'RECORD')).toHaveLength(1000);

    await promisify(exec)(block('sh', '> state.json'), { cwd: folder });
    const next = await types(commandOf('read', '$1'));
    expect(next.filter((type) => type === 'RECORD')).toEqual([]);
    expect(next).toContain('STATE');
  });
  rmSync(folder, { recursive: true });
});
