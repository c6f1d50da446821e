/** Mutation testing of the parts that decide what is delivered and how long is waited: see docs/mutation-testing.md. */
process.env['PROPERTY_RUNS'] ??= '40';

const files = [
  'src/audit-logs/coverage.ts',
  'src/audit-logs/dense-second.ts',
  'src/audit-logs/opening.ts',
  'src/audit-logs/windows.ts',
  'src/audit-logs/delivery.ts',
  'src/audit-logs/state.ts',
  'src/audit-logs/completeness.ts',
  'cdk/incremental/lookback-cursor.ts',
  'cdk/incremental/delivered-ids.ts',
  'cdk/http/rate-limiter.ts',
  'cdk/http/retry.ts',
];
const named = process.env['MUTATED']?.split(',');

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: files.filter((file) => named?.some((name) => file.endsWith(`/${name}.ts`)) ?? true),
  testRunner: 'jest',
  // With MUTATED, each file is judged by the tests of the files that are named: that is all jest finds.
  jest: { configFile: 'jest.mutation.cjs', enableFindRelatedTests: named === undefined },
  plugins: ['@stryker-mutator/jest-runner'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // An endless loop is a mutant that is caught; a slow one on a busy machine must not look like it.
  timeoutMS: 20_000,
  ignorePatterns: ['dist', 'demo-output', '.venv', 'reports', 'coverage'],
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
};
