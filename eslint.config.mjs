import tseslint from 'typescript-eslint';

const stdout = 'Only cdk/src/launch.ts may touch the process: hand output, clock and exit codes in instead.';
const ofTests = {
  group: ['**/simulated-tenant/**', '**/demo/**', '**/bench/**'],
  message: 'What is delivered does not depend on what tests it.',
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
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
    ignores: ['**/*.test.ts', 'cdk/src/launch.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: stdout },
        { object: 'process', property: 'stdout', message: stdout },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/tines/http.ts', 'src/tines/transport-libraries.ts', '**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [{ name: 'axios', message: 'src/tines/http.ts is the only place that talks HTTP.' }],
          patterns: [ofTests],
        },
      ],
    },
  },
  {
    files: ['cdk/**/*.ts', 'src/tines/http.ts', 'src/tines/transport-libraries.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [ofTests] }] },
  },
  {
    files: ['src/testing/**/*.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  {
    files: ['simulated-tenant/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/src/**', '**/cdk/**', '**/demo/**', '@airbyte/*'],
              message: 'The simulated tenant is what the connector is judged by: it stands on nothing of it.',
            },
          ],
        },
      ],
    },
  },
  {
    // A test or a demo may look into JSON whose shape it has just produced.
    files: ['**/*.test.ts', 'simulated-tenant/**/*.ts', 'demo/**/*.ts', 'bench/**/*.ts', 'integration_tests/**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }],
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },
);
