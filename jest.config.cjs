/** Two projects: unit tests with nock around every HTTP request, and tests that run real processes and servers. */
const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.json', diagnostics: false }] },
};

module.exports = {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: ['src', 'cdk', 'simulated-tenant', 'testing', 'tools', 'probe', 'examples'].map(
        (folder) => `<rootDir>/${folder}`,
      ),
      // What needs a real server is run by test:platform.
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/examples/[^/]+/server/'],
      setupFilesAfterEnv: ['<rootDir>/jest.nock.cjs'],
    },
    {
      ...shared,
      displayName: 'integration',
      roots: ['<rootDir>/integration_tests'],
    },
  ],
};
