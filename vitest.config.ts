import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** One project per workspace; its name is the workspace's folder. */
const workspaces = [
  'packages/core',
  'packages/testing',
  'packages/transports/memory',
  'packages/transports/tcp',
  'packages/nestjs',
  'examples/quickstart',
  'examples/shop',
  'benchmarks',
].filter((folder) => existsSync(new URL(`${folder}/test`, import.meta.url)));

export default defineConfig({
  test: {
    fsModuleCache: false, // it does not notice a changed tsconfig
    projects: workspaces.map((root) => ({
      root,
      // Nest's decorators and their metadata
      oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
      test: { name: root.split('/').at(-1) ?? root, include: ['test/**/*.test.ts'] },
    })),
  },
});
