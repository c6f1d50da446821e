// TypeScript to what Jest runs, file by file, by esbuild, which needs a fraction of the compiler's time. `npm run typecheck`
// checks the types.
const { transformSync } = require('esbuild');

/**
 * Globals that no test replaces. Each look-up of a global is slow where Jest runs a file; as constants of the file they cost
 * nothing, and entries are generated ten times as fast.
 */
const globals =
  'Array, BigInt, Buffer, Date, Error, Infinity, JSON, Map, Math, NaN, Number, Object, Promise, RegExp, Set, String, Uint8Array, URL, URLSearchParams';

/** For the option `transform`. */
exports.transform = {
  '^.+\\.ts$': [
    __filename,
    {
      loader: 'ts',
      format: 'cjs',
      target: 'node20',
      banner: `"use strict"; const { ${globals} } = globalThis;`,
      // A file that Jest runs can't import dynamically.
      supported: { 'dynamic-import': false },
      sourcemap: 'inline',
    },
  ],
};

exports.process = (source, sourcefile, { transformerConfig }) =>
  transformSync(source, { ...transformerConfig, sourcefile });
