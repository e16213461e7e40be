import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** One project per workspace, named after its folder. `npm test` fails when one of them runs no tests. */
const workspaces = [
  'packages/core',
  'packages/testing',
  'packages/transports/memory',
  'packages/transports/kafka',
  'packages/transports/rabbitmq',
  'packages/transports/tcp',
  'packages/control',
  'packages/cli',
  'packages/nestjs',
  'examples/quickstart',
  'examples/shop',
  'benchmarks',
  'tools',
];

/** The brokers that a workspace's suites share: brought up when some of them run (tools/brokers/README.md). */
const brokers: Record<string, readonly ('rabbitmq' | 'kafka')[]> = {
  'packages/transports/kafka': ['kafka'],
  'packages/transports/rabbitmq': ['rabbitmq'],
  benchmarks: ['rabbitmq', 'kafka'],
  'packages/nestjs': ['rabbitmq', 'kafka'],
  'examples/quickstart': ['kafka'],
  'examples/shop': ['kafka'],
};

function project(root: string): TestProjectInlineConfiguration {
  return {
    root,
    // Nest's decorators and their metadata
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
    test: {
      name: root.split('/').at(-1) ?? root,
      globalSetup: (brokers[root] ?? []).map((kind) =>
        fileURLToPath(new URL(`tools/brokers/dist/global-setup/${kind}.js`, import.meta.url)),
      ),
      include: ['test/**/*.test.ts', '*/test/**/*.test.ts'],
      env: { NEST_MAJOR: '12' },
      testTimeout: 30_000, // for whoever hangs; machines under load are slow
    },
  };
}

const nest11 = createRequire(new URL('tools/nest11/package.json', import.meta.url));

/** The tests of packages/nestjs once more: what src and tests import of Nest's majors comes from tools/nest11. */
const ofNest = (id: string): boolean => id.startsWith('@nestjs/') || id === 'nestjs-pino';

const onNest11: TestProjectInlineConfiguration = {
  ...project('packages/nestjs'),
  plugins: [
    {
      name: 'nest-11',
      enforce: 'pre',
      resolveId: (id: string) => (ofNest(id) ? nest11.resolve(id) : undefined),
    },
  ],
  test: { ...project('packages/nestjs').test, name: 'nestjs-nest11', env: { NEST_MAJOR: '11' } },
};

export default defineConfig({
  test: {
    // A stock server that is closed while it has something in hand rejects a promise that nobody has: Nest's, not ours.
    onUnhandledError: ({ message, stack = '' }) =>
      !(message === 'Channel closed' && stack.includes('ServerRMQ.close')),
    fsModuleCache: false, // it does not notice a changed tsconfig
    projects: [...workspaces.map(project), onNest11],
  },
});
