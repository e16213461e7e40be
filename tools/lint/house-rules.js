// The rules of this house that ESLint and typescript-eslint do not bring; tools/lint/test proves that each one fires.

export const noDefaultExport = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'Export by name: a default export has a different name in every file that imports it.',
};

export const noEnum = {
  selector: 'TSEnumDeclaration',
  message: 'Use a union of string literals.',
};

const testFunctions = '/^(it|test|describe|suite)$/';
const testModifier = (property) =>
  `MemberExpression[property.name="${property}"]:matches([object.name=${testFunctions}], [object.object.name=${testFunctions}])`;

export const testSyntax = [
  { selector: testModifier('only'), message: 'Remove .only: it switches off every other test of the file.' },
  ...['skip', 'todo', 'skipIf', 'runIf'].map((property) => ({
    selector: testModifier(property),
    message:
      "A skip carries its reason: call skip('why') or skip(condition, 'why') of the test's own context.",
  })),
  {
    selector:
      'CallExpression[arguments.length=0]:matches([callee.name="skip"], [callee.property.name="skip"]:not([callee.object.type="CallExpression"]))',
    message: "A skip carries its reason: skip('why') or skip(condition, 'why').",
  },
];

const injected =
  'Inject Clock or Random of @rookery/core: only packages/core/src/clock touches the global ones.';

const timers = ['setTimeout', 'setInterval'];
const random = [
  'getRandomValues',
  'randomBytes',
  'randomFill',
  'randomFillSync',
  'randomInt',
  'randomUUID',
  'randomUUIDv7',
  'webcrypto',
  'prng',
  'pseudoRandomBytes',
];

const clockProperties = {
  AbortSignal: ['timeout'],
  Date: ['now'],
  Math: ['random'],
  crypto: random,
  process: ['hrtime', 'uptime'],
  globalThis: [...timers, 'setImmediate', 'performance', 'crypto', 'Date'],
  global: [...timers, 'setImmediate', 'performance', 'crypto', 'Date'],
};

/** Transports may put off writes to the end of the turn, which is what setImmediate is for; nothing else may. */
export function clockRules({ immediate }) {
  const modules = ['timers', 'timers/promises', 'perf_hooks'].flatMap((name) => [name, `node:${name}`]);
  return {
    'no-restricted-globals': [
      'error',
      ...[...timers, 'performance', 'crypto', ...(immediate ? [] : ['setImmediate'])].map((name) => ({
        name,
        message: injected,
      })),
    ],
    'no-restricted-properties': [
      'error',
      ...Object.entries(clockProperties).flatMap(([object, properties]) =>
        properties.map((property) => ({ object, property, message: injected })),
      ),
    ],
    'no-restricted-imports': [
      'error',
      {
        paths: [
          ...modules.map((name) => ({ name, message: injected })),
          ...['crypto', 'node:crypto'].map((name) => ({ name, importNames: random, message: injected })),
        ],
      },
    ],
  };
}

export const clockSyntax = {
  selector:
    'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"], ImportExpression[source.value=/^(node:)?(timers|perf_hooks|crypto)/]',
  message: injected,
};

const vagueName = /(^|-)(manager|helpers?|utils?|common|base|data)(-|$)/;

/** @type {import('eslint').Rule.RuleModule} */
const fileName = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      kebab: 'Name the file in kebab-case: {{name}}.',
      vague: 'Name the file after its one idea; "{{name}}" could hold anything.',
    },
  },
  create: (context) => ({
    Program(node) {
      const name = context.filename.split(/[\\/]/).at(-1)?.replace(/^\./, '') ?? '';
      const stem = name
        .replace(/\.(config|test|d|module|controller|service|pipe|filter|guard|interceptor)\./, '.')
        .replace(/\.[cm]?[jt]s$/, '');
      if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem))
        context.report({ node, messageId: 'kebab', data: { name } });
      if (vagueName.test(stem)) context.report({ node, messageId: 'vague', data: { name } });
    },
  }),
};

export const rookery = { rules: { 'file-name': fileName } };
