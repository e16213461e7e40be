import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BrokerAbsent, type BrokerKind } from '../broker.js';
import { addressVariable } from '../variables.js';
import { runProgram } from '../run-program.js';

/** A server that Debian has. */
export interface DebianPackage {
  readonly kind: BrokerKind;
  /** The package, which has the name of the server's program. */
  readonly name: string;
  /** Where the program may be besides the `PATH`, before it. */
  readonly folders: readonly string[];
  /** What the package starts, which is not to run; words for the shell. */
  readonly services: string;
  /** An address, for people. */
  readonly address: string;
}

/** The folder of the server's program; installs the package where it may. @throws BrokerAbsent */
export async function findInstalled(wanted: DebianPackage): Promise<string> {
  const found = folderOf(wanted);
  if (found !== undefined) return found;
  await install(wanted);
  return folderOf(wanted) ?? absent(wanted, `its package is installed, and brought no ${wanted.name}`);
}

function folderOf({ name, folders }: DebianPackage): string | undefined {
  const all = [...folders, ...(process.env['PATH'] ?? '').split(delimiter)];
  return all.find((folder) => existsSync(join(folder, name)));
}

/** Its services are kept from starting, now and at the next boot; a policy of the machine is left as it is. One after another. */
const script = ({ name, services }: DebianPackage): string => `
set -e
exec 9> ${tmpdir()}/rookery-brokers-install.lock
flock 9
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
services="${services}"
apt-get -q update
apt-get -q install -y --no-install-recommends -o DPkg::Lock::Timeout=300 ${name}
if command -v systemctl > /dev/null; then systemctl disable $services || true; fi
`;

async function install(wanted: DebianPackage): Promise<void> {
  const { name } = wanted;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    absent(wanted, `${name} is not installed, and only root on Debian can have it installed from here`);
  process.stderr.write(`${name} is not installed: installing the package of this system\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await runProgram('sh', ['-c', script(wanted)], { env, within: 1_200_000 }).catch((error: unknown) =>
    absent(wanted, `installing it failed: ${String(error)}`),
  );
}

function absent({ kind, name, address }: DebianPackage, why: string): never {
  throw new BrokerAbsent(kind, `${why}; install ${name} or name one by ${addressVariable(kind)}=${address}`);
}
