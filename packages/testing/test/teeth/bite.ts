// Runs the suite, or the cases that are named, against memory broken in one way, and prints the names of the cases that
// fail, as JSON.
import { systemRandom, type TransportHost } from '@rookery/core';
import { memory } from '@rookery/memory';
import { conformanceCases, runCase, skipReason, type Subject } from '@rookery/testing';
import { sabotages } from './sabotages.ts';

const AT_ONCE = 6;
const PATIENCE = 5_000;

// A case that has failed does not wait for what it has begun.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', (error) => console.error(error));

const [what, ...only] = process.argv.slice(2);
const sabotage = sabotages.find((one) => one.what === what);
if (!sabotage) throw new Error(`there is no sabotage ${what}`);

const subject: Subject = {
  name: sabotage.what,
  capabilities: {
    maxBody: 1_048_576,
    acceptance: 'memory',
    direct: false,
    wildcards: true,
    delay: true,
    deadLetters: false,
    uploads: true,
  },
  maxQueue: 100,
  patience: PATIENCE,
  create() {
    const { scheme, create } = memory({ bus: systemRandom.token(12), maxEvents: 100 });
    const broken = { scheme, create: (host: TransportHost) => sabotage.wrap(create(host), host) };
    return { replica: () => broken, client: () => broken };
  },
};

const failures: Record<string, string> = {};
const waiting = conformanceCases.filter(
  (one) => skipReason(one, subject) === undefined && (only.length === 0 || only.includes(one.name)),
);

async function work(): Promise<void> {
  for (let one = waiting.shift(); one; one = waiting.shift()) {
    try {
      await runCase(one, subject);
    } catch (error) {
      failures[one.name] = String(error).split('\n')[0] ?? '';
    }
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
process.stdout.write(JSON.stringify(failures), () => process.exit(0));
