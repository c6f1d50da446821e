/** Two projects: unit tests, and tests that run real processes and servers. */
const { transform } = require('./tools/jest-transformer.cjs');

module.exports = {
  // Jest would leave a core to others: half of the machine, where there are two.
  maxWorkers: '100%',
  testSequencer: '<rootDir>/tools/jest-sequencer.cjs',
  // Nothing is measured by it: a busy machine makes many tests slow.
  testTimeout: 60_000,
  projects: [
    {
      displayName: 'unit',
      testEnvironment: 'node',
      transform,
      roots: ['src', 'cdk', 'simulated-tenant', 'testing', 'tools', 'probe', 'demo', 'examples'].map(
        (folder) => `<rootDir>/${folder}`,
      ),
      // What needs a real server is run by test:platform; a new source has Node's test runner.
      testPathIgnorePatterns: [
        '/node_modules/',
        '<rootDir>/examples/[^/]+/server/',
        '<rootDir>/cdk/create-source/template/',
      ],
      moduleNameMapper: { '^nock$': '<rootDir>/tools/jest-nock.cjs' },
    },
    {
      displayName: 'integration',
      testEnvironment: 'node',
      transform,
      roots: ['<rootDir>/integration_tests'],
    },
  ],
};
