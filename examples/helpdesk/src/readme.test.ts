import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const read = (file: string): string => readFileSync(join(__dirname, file), 'utf8');
const blocks = [...read('../README.md').matchAll(/^```ts\n(.*?)^```/gms)].map(([, block = '']) => block);
const files = ['settings.ts', 'schemas.ts', 'streams.ts', 'source.ts', 'main.ts'];

describe('the guide', () => {
  test.each(files)('has all of %s, as it is', (file) => {
    const text = read(file);
    const shown = blocks.filter((block) => text.includes(block.trim()));
    expect(shown.map((block) => block.trim()).join('\n\n')).toBe(text.trim());
  });

  test('is about less than 150 lines of TypeScript', () => {
    const lines = files.map((file) => read(file).trimEnd().split('\n').length).reduce((sum, count) => sum + count, 0);
    expect(lines).toBeLessThan(150);
  });
});
