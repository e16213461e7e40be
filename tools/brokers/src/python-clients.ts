import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.js';

const requirements = new URL('../outsiders/requirements.txt', import.meta.url);

const PYTHON = 'python3';

/** The clients that are not ours cannot be had on this machine: a reason to skip. */
export class ClientsAbsent extends Error {
  override readonly name = 'ClientsAbsent';

  constructor(why: string) {
    super(`no Python clients here: ${why}`);
  }
}

/** A Python with the clients of `outsiders/requirements.txt`; pip fetches them the first time, into a folder of the cache. */
export async function findPythonClients(): Promise<{ python: string; env: NodeJS.ProcessEnv }> {
  const check = ['-c', 'import sys, pip; assert sys.version_info >= (3, 10)'];
  await runProgram(PYTHON, check, { within: 30_000 }).catch(() => {
    throw new ClientsAbsent('they need Python 3.10 or later with pip');
  });
  const hash = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rookery');
  const folder = join(cache, `python-${hash}`);
  if (!existsSync(folder)) await install(cache, folder);
  return { python: PYTHON, env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' } };
}

async function install(cache: string, folder: string): Promise<void> {
  process.stderr.write('The Python clients are not here: fetching them by pip\n');
  await mkdir(cache, { recursive: true });
  const fetched = `${folder}.${process.pid}`;
  const args = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--disable-pip-version-check'];
  const what = ['--target', fetched, '--requirement', fileURLToPath(requirements)];
  try {
    await runProgram(PYTHON, [...args, ...what], { within: 300_000 });
    // Nobody sees half of it; another process may have been faster.
    await rename(fetched, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } catch (error) {
    throw new ClientsAbsent(`they could not be fetched: ${String(error)}`);
  } finally {
    await rm(fetched, { recursive: true, force: true });
  }
}
