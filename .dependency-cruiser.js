// The dependency rule of the design. Packages are resolved to their sources (tools/boundaries/tsconfig.json), so
// that a cycle across packages is one; tools/boundaries/test proves that each rule fires.

const ours = '^(packages|examples|benchmarks|tools)/';
const core = '^packages/core/src/';

/** What each package's src may import of the other packages. Everything not listed is forbidden. */
const allowed = [
  ['core', core, []],
  ['transports', '^packages/transports/([^/]+)/src/', [core, '^packages/transports/$1/src/']],
  ['nestjs', '^packages/nestjs/src/', [core, '^packages/(contracts|durable)/src/']],
  ['contracts', '^packages/contracts/src/', [core]],
  ['durable', '^packages/durable/src/', [core]],
  ['gateway', '^packages/gateway/src/', ['^packages/(nestjs|contracts|core)/src/']],
  ['control', '^packages/control/src/', ['^packages/(contracts|core)/src/']],
  ['console', '^packages/console/src/', ['^packages/control/src/']],
  ['cli', '^packages/cli/src/', ['^packages/(control|core|transports/[^/]+)/src/']],
  ['testing', '^packages/testing/src/', ['^packages/']],
];

const error = { severity: 'error' };

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...allowed.map(([name, from, to]) => ({
      ...error,
      name: `${name}-sees-only-what-it-may`,
      from: { path: from },
      to: { path: ours, pathNot: [from.replace('([^/]+)', '$1'), ...to], dynamic: false },
    })),
    {
      ...error,
      name: 'on-demand-only-transports',
      comment:
        'nestjs and cli load a transport with import() once a url asks for it; nothing else is loaded so',
      from: { path: '^packages/' },
      to: { path: ours, pathNot: '^packages/transports/', dynamic: true },
    },
    {
      ...error,
      name: 'no-src-sees-testing',
      from: { path: '^(packages|examples|benchmarks)/.*src/', pathNot: '^packages/testing/' },
      to: { path: '^packages/testing/' },
    },
    {
      ...error,
      name: 'packages-meet-by-name',
      comment: 'import { x } from "@rookery/y", never a path into another package',
      from: { path: '^(packages/transports/[^/]+|packages/[^/]+|examples/[^/]+|benchmarks)/' },
      to: {
        path: ours,
        pathNot: '^$1/',
        dependencyTypesNot: ['aliased-tsconfig-paths'],
      },
    },
    {
      ...error,
      name: 'no-barrel-from-inside',
      comment: "a package's own barrel is for others; inside it, import the file",
      from: { path: '^(packages/transports/[^/]+|packages/[^/]+)/src/' },
      to: { path: '^$1/src/index\\.ts$' },
    },
    { ...error, name: 'no-cycles', from: {}, to: { circular: true } },
    { ...error, name: 'resolvable', from: {}, to: { couldNotResolve: true } },
    {
      ...error,
      name: 'declared',
      comment: 'name it in package.json',
      from: { path: '^packages/.*src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], pathNot: '^node_modules/@types/' },
    },
    { ...error, name: 'no-deprecated-node', from: {}, to: { dependencyTypes: ['deprecated'] } },
  ],
  options: {
    tsConfig: { fileName: 'tools/boundaries/tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: ['/dist/', '^tools/check-packages/consumers/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'types'],
    },
  },
};
