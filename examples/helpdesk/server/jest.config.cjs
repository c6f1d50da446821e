/** Tests that need PocketBase: they are run by `npm run test:platform`. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/../../../tsconfig.json', diagnostics: false }] },
};
