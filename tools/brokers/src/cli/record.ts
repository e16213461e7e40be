import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokerKind } from '../broker.js';
import type { Launch } from '../launch.js';
import type { Running } from '../own-broker.js';

/** What `up` leaves for the commands after it. */
export interface BrokerRecord {
  readonly launch: Launch;
  readonly running: Running;
}

/** Of this user and this checkout of the repository. */
const checkout = createHash('sha256')
  .update(import.meta.dirname)
  .digest('hex')
  .slice(0, 8);
const folder = join(tmpdir(), `rookery-brokers-${process.getuid?.() ?? 0}-${checkout}`);
const fileOf = (kind: BrokerKind): string => join(folder, `${kind}.json`);

export async function readRecord(kind: BrokerKind): Promise<BrokerRecord | undefined> {
  if (!existsSync(folder)) return undefined;
  await own();
  const text = await readFile(fileOf(kind), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as BrokerRecord;
  if (existsSync(record.launch.folder)) return record;
  await removeRecord(kind); // the machine was started anew, or somebody tidied up
  return undefined;
}

/** @returns false, and nothing is written, when there is one already */
export async function addRecord(kind: BrokerKind, record: BrokerRecord): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await own();
  try {
    await writeFile(fileOf(kind), JSON.stringify(record), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

export async function replaceRecord(kind: BrokerKind, record: BrokerRecord): Promise<void> {
  await writeFile(`${fileOf(kind)}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${fileOf(kind)}.new`, fileOf(kind));
}

export async function removeRecord(kind: BrokerKind): Promise<void> {
  await rm(fileOf(kind), { force: true });
  await rmdir(folder).catch(() => {}); // the last one leaves nothing
}

/** What is run comes out of this folder, so nobody else may have put it there. */
async function own(): Promise<void> {
  const { uid, mode } = await lstat(folder);
  if (uid !== (process.getuid?.() ?? uid) || (mode & 0o077) !== 0)
    throw new Error(`${folder} is not only yours: remove it`);
}
