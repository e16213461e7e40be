import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import {
  clockRules,
  clockSyntax,
  noDefaultExport,
  noEnum,
  rookery,
  testSyntax,
} from './tools/lint/house-rules.js';

const src = ['packages/*/src/**/*.ts', 'packages/transports/*/src/**/*.ts'];
const tests = ['**/test/**/*.ts'];
const declarations = ['packages/*/dist/**/*.d.ts', 'packages/transports/*/dist/**/*.d.ts'];
// The tools that read these ask for a default export.
const configs = [
  '*.config.{js,ts}',
  '.dependency-cruiser.js',
  'tools/test/tally-reporter.ts',
  'tools/guarantees/reporter.ts',
];

/** `no-restricted-syntax` of a later entry replaces that of an earlier one, so each entry lists all it wants. */
const syntax = (...selectors) => ({ 'no-restricted-syntax': ['error', ...selectors] });

export default defineConfig(
  globalIgnores([
    '**/dist/**/*.js',
    '{examples/*,benchmarks,tools/*}/dist/',
    '**/node_modules/',
    'tools/check-packages/consumers/',
  ]),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,ts}'],
    ignores: declarations,
    extends: [js.configs.recommended],
    plugins: { rookery },
    rules: {
      eqeqeq: 'error',
      'object-shorthand': 'error',
      'rookery/file-name': 'error',
      ...syntax(noDefaultExport, noEnum),
    },
  },
  { files: ['**/*.js'], languageOptions: { globals: { console: false, process: false, URL: false } } },
  {
    files: ['**/*.ts'],
    ignores: declarations,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // an async method without await turns a throw into a rejection, which is what its callers rely on
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: src,
    rules: {
      'max-lines': ['error', 400],
      'no-console': 'error',
      ...clockRules({ immediate: false }),
      ...syntax(noDefaultExport, noEnum, clockSyntax),
    },
  },
  { files: ['packages/transports/*/src/**/*.ts'], rules: clockRules({ immediate: true }) },
  {
    files: ['packages/core/src/clock/**'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-properties': 'off',
      ...syntax(noDefaultExport, noEnum),
    },
  },
  {
    files: tests,
    rules: {
      ...syntax(noDefaultExport, noEnum, ...testSyntax),
      // what JSON.parse and a response's body return is asserted on, not trusted
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: configs, rules: syntax(noEnum) },
  // No `any` reaches a user, not even one that was inferred: the declarations that are published are read as well.
  {
    files: declarations,
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: { '@typescript-eslint/no-explicit-any': 'error' },
  },
);
