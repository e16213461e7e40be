// `npm run check:packages`: packs each published package, reads the tarballs as npm and TypeScript would, and lets two
// real projects install and use them. The packages are built already.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

type Command = readonly [string, ...string[]];

const here = import.meta.dirname;
const root = join(here, '../..');
const published = ['cli', 'control', 'core', 'kafka', 'memory', 'nestjs', 'rabbitmq', 'tcp', 'testing'].map(
  (name) => `--workspace=@rookery/${name}`,
);

/** What each project does once it has installed the packages. Its own Node, if it brings one, runs its npm scripts. */
const consumers: Record<string, readonly Command[]> = {
  'esm-nest12': [
    ['npm', 'run', 'types'],
    ['npm', 'test'],
    ['npx', '--no', 'rookery', 'help'],
  ],
  'jest-nest11': [
    ['npm', 'run', 'types'],
    ['npm', 'start'],
    ['npm', 'test'],
    [
      process.execPath,
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '-c',
      'jest.require-esm.config.js',
    ],
  ],
};

const folder = await mkdtemp(join(tmpdir(), 'rookery-packages-'));
try {
  await run('pack', ['npm', 'pack', ...published, `--pack-destination=${folder}`], root);
  const tarballs = (await readdir(folder)).map((name) => join(folder, name));
  const outcomes = await Promise.allSettled([
    readAll(tarballs),
    ...Object.keys(consumers).map((name) => consume(name, tarballs)),
  ]);
  if (outcomes.some(({ status }) => status === 'rejected')) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}

/** Exports, files and types, as publint and arethetypeswrong judge them. */
async function readAll(tarballs: readonly string[]): Promise<void> {
  for (const tarball of tarballs) {
    await run('publint', ['publint', 'run', tarball, '--strict'], root);
    await run('types', ['attw', tarball, '--profile=esm-only', '--no-emoji'], root);
  }
}

async function consume(name: string, tarballs: readonly string[]): Promise<void> {
  const project = join(folder, name);
  await cp(join(here, 'consumers', name), project, { recursive: true });
  await cp(join(here, 'consumers/shared'), join(project, 'src'), { recursive: true });
  const install: Command = ['npm', 'install', '--prefer-offline', '--ignore-scripts', '--no-package-lock'];
  await run(name, [...install, ...tarballs], project);
  for (const command of consumers[name] ?? []) await run(name, command, project);
}

/** One line for a command; what it printed only if it failed. */
async function run(who: string, [command, ...args]: Command, cwd: string): Promise<void> {
  const start = performance.now();
  const line = [command, ...args].map((part) => part.split('/').at(-1)).join(' ');
  const said = (how: string): string =>
    `${how} ${who}: ${line} (${((performance.now() - start) / 1000).toFixed(1)} s)`;
  try {
    await promisify(execFile)(command, args, { cwd, env: environment(cwd), maxBuffer: 2 ** 26 });
    console.log(said('ok    '));
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    console.log(`${said('FAILED')}\n${stdout}${stderr}`);
    throw error;
  }
}

/** That of a user's own shell in that folder: without what this repository's `npm run` has set, but with its tools. */
function environment(cwd: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(INIT_CWD|NODE_ENV|NODE_OPTIONS|npm_(package|lifecycle|config_local_prefix).*)$/.test(name),
  );
  const path = [cwd, root].map((at) => join(at, 'node_modules/.bin'));
  return { ...Object.fromEntries(own), PATH: [...path, process.env['PATH']].join(delimiter) };
}
