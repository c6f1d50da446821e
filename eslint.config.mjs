import tseslint from 'typescript-eslint';

const stdout = 'Only cdk/src/launch.ts may touch the process: hand output, clock and exit codes in instead.';
const nothingOf = (group, message) => ({ group, message });
const ofTests = nothingOf(
  ['**/simulated-tenant/**', '**/demo/**', '**/tools/**', '**/probe/**'],
  'What is delivered does not depend on what tests it.',
);
const ofWorlds = nothingOf(['**/../testing/**'], 'What is delivered does not depend on what tests it.');
const ofDemo = nothingOf(['**/demo/**'], 'The demo stands on everything else, and nothing on the demo.');
/** @param src the path from a file of the CDK to the connector's source */
const ofSource = (src) =>
  nothingOf([`${src}/**`, '**/audit-logs/**', '**/tines/**', '**/schemas/**'], 'The CDK knows no source.');
const ofRecords = nothingOf(['**/audit-logs/**', '**/records/**'], "Tines' API does not know what it is used for.");
const ofSync = nothingOf(['**/audit-logs/**'], 'How a record is made does not depend on how entries are read.');
const ofTines = nothingOf(['**/tines/**', '**/audit-logs/**', '**/records/**'], 'JSON knows nothing of Tines.');
const ofTransport = ['axios', 'proxy-from-env', 'http', 'https', 'http2', 'tls', 'net'].flatMap((name) => [
  { name, message: 'Only cdk/http talks to the network.' },
  { name: `node:${name}`, message: 'Only cdk/http talks to the network.' },
]);
const restrict = (patterns, paths = []) => ({ 'no-restricted-imports': ['error', { paths, patterns }] });

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'node_modules/',
      'src/generated/',
      'coverage/',
      '.stryker-tmp/',
      'reports/',
      '**/*.cjs',
      '**/*.mjs',
      'bin/',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'cdk/**/*.ts'],
    ignores: ['**/*.test.ts', 'cdk/src/launch.ts', 'cdk/create-source/create-source.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: stdout },
        { object: 'process', property: 'stdout', message: stdout },
        { property: 'toLocaleString', message: 'It loads the data of all locales, 7 MB: numberText().' },
      ],
    },
  },
  // The later of two that match a file is the one that holds.
  { files: ['**/*.ts'], ignores: ['demo/**'], rules: restrict([ofDemo]) },
  { files: ['src/**/*.ts'], ignores: ['**/*.test.ts'], rules: restrict([ofTests, ofWorlds], ofTransport) },
  {
    files: ['src/tines/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: restrict([ofTests, ofWorlds, ofRecords], ofTransport),
  },
  {
    files: ['src/records/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: restrict([ofTests, ofWorlds, ofSync], ofTransport),
  },
  {
    files: ['src/json/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: restrict([ofTests, ofWorlds, ofTines], ofTransport),
  },
  {
    files: ['probe/**/*.ts'],
    ignores: ['**/*.test.ts', 'probe/testing/**'],
    rules: restrict([ofTests], ofTransport),
  },
  { files: ['testing/**/*.ts'], rules: restrict([ofDemo], ofTransport) },
  { files: ['cdk/*/*.ts'], rules: restrict([ofTests, ofSource('../../src')]) },
  { files: ['cdk/*/*/*.ts'], rules: restrict([ofTests, ofSource('../../../src')]) },
  {
    files: ['simulated-tenant/**/*.ts'],
    rules: restrict([
      nothingOf(
        ['**/src/**', '**/cdk/**', '**/demo/**', '@airbyte/*'],
        'The simulated tenant is what the connector is judged by: it stands on nothing of it.',
      ),
    ]),
  },
  {
    files: ['examples/**/*.ts'],
    rules: restrict(
      [
        nothingOf(
          ['**/../../**', '**/cdk/**', '**/simulated-tenant/**'],
          'An example stands on the doors of the CDK, as a connector elsewhere would.',
        ),
      ],
      ofTransport,
    ),
  },
  {
    // A test or a demo may look into JSON whose shape it has just produced.
    files: ['**/*.test.ts', 'simulated-tenant/**/*.ts', 'demo/**/*.ts', 'tools/**/*.ts', 'integration_tests/**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
);
