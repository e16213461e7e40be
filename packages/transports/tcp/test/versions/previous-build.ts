import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));
const require = createRequire(import.meta.url);

/** What speaks to its counterpart of another build needs these, and nothing that is not in the repository. */
const PACKAGES = { core: 'packages/core', tcp: 'packages/transports/tcp' };

/** Whether git knows the commit here. */
export function inHistory(commit: string): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * The packages of another commit, built by this one's compiler in a temporary folder.
 *
 * @param program a program that imports them by name
 * @returns where the program is so that it gets those of the commit, and what removes the folder
 */
export function buildOf(commit: string, program: URL): { program: URL; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-previous-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const files = ['tsconfig.base.json', 'package.json', ...Object.values(PACKAGES)];
    const archive = execFileSync('git', ['archive', '--format=tar', commit, ...files], {
      cwd: root,
      maxBuffer: 2 ** 28,
    });
    execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive });
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, '@rookery'), { recursive: true });
    for (const [name, path] of Object.entries(PACKAGES)) {
      symlinkSync(join(folder, path), join(modules, '@rookery', name));
    }
    symlinkSync(dirname(dirname(require.resolve('@types/node/package.json'))), join(modules, '@types'));
    const tsc = join(root, 'node_modules/.bin/tsc');
    execFileSync(tsc, ['-b', PACKAGES.tcp], { cwd: folder, stdio: 'pipe', encoding: 'utf8' });
    const copy = join(folder, PACKAGES.tcp, 'peer.ts');
    cpSync(fileURLToPath(program), copy);
    return { program: pathToFileURL(copy), remove };
  } catch (error) {
    remove();
    throw error;
  }
}
