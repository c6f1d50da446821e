const { transform } = require('./tools/jest-transformer.cjs');

/** The unit tests that mutation testing runs: those of the files named in MUTATED, by default all that it looks at. */
const named =
  process.env.MUTATED ??
  'coverage,dense-second,opening,windows,delivery,state,completeness,lookback-cursor,delivered-ids,rate-limiter,retry';

module.exports = {
  testEnvironment: 'node',
  transform,
  roots: ['<rootDir>/src', '<rootDir>/cdk'],
  setupFiles: ['<rootDir>/jest.fixed-seed.cjs'],
  testMatch: named.split(',').map((name) => `<rootDir>/{src/audit-logs,cdk/http,cdk/incremental}/${name}{,.*}.test.ts`),
  // They take most of the time and catch what the others do.
  testPathIgnorePatterns: ['/node_modules/', '\\.simulation\\.test\\.ts$'],
};
