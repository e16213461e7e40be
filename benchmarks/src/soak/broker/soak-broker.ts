import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker, type BrokerKind } from '@rookery/brokers';
import { describeMachine, versions } from '../../machine.js';
import { Child } from '../../process/child.js';
import { RESULTS, save } from '../../report/save.js';
import { isFlat, type Trend } from '../flatness.js';
import { describeSample, type Sample } from '../sample.js';
import { memoryOf, printTrends } from '../trends.js';
import type { BrokerClientCommands } from './commands.js';
import { Consumers } from './consumers.js';
import { Ledger } from './ledger.js';

/** Publishing stops this often, until all is handled, for the processes to be looked at. */
const SLICES = 20;
/** Seconds without a single event handled after which what is missing counts as lost. */
const PATIENCE = 40;

/**
 * So many events through a broker, evenly over the minutes, while consumers are killed and closed: each handled at least once, the
 * memory of the producer and of the consumer that stays flat, or `process.exitCode` is 1.
 */
export async function soakBroker(
  kind: BrokerKind,
  events: number,
  minutes: number,
  saved: boolean,
): Promise<void> {
  const date = new Date().toISOString();
  const folder = mkdtempSync(join(tmpdir(), 'rookery-soak-'));
  const broker = await startBroker(kind);
  const meeting = { kind, url: broker.url, name: `soak-${process.pid}` };
  const ledger = new Ledger(events);
  const consumers = new Consumers(meeting, folder, ledger);
  const producer = new Child<BrokerClientCommands>(new URL('./client.js', import.meta.url));
  const samples: Record<'producer' | 'consumer', Sample[]> = { producer: [], consumer: [] };
  const begun = performance.now();
  let refused = 0;
  try {
    await consumers.start();
    await producer.ask('connect', meeting);
    for (let slice = 1; slice <= SLICES; slice++) {
      const [from, to] = [slice - 1, slice].map((index) => Math.round((events * index) / SLICES));
      const seconds = (minutes * 60) / SLICES;
      const published = await producer.ask(
        'publish',
        { from: from ?? 0, to: to ?? 0, seconds },
        seconds * 5 + 60,
      );
      refused += published.refused;
      await handled(ledger, to ?? 0);
      if (consumers.lasting) samples.consumer.push(await consumers.lasting.ask('sample', {}));
      samples.producer.push(await producer.ask('sample', {}));
      print(`${slice}/${SLICES}: ${ledger.handled} of ${to} handled, ${ledger.repeated} again`);
      for (const [name, taken] of Object.entries(samples)) {
        const last = taken.at(-1);
        if (last) print(`  ${name} ${describeSample(last)}`);
      }
    }
    await consumers.stop();
    ledger.look();
  } finally {
    await Promise.all([producer.kill(), broker.stop()]);
    rmSync(folder, { recursive: true });
  }

  const seconds = (performance.now() - begun) / 1000;
  const { killed, closed } = consumers;
  const { repeated, shares } = ledger;
  const [lasting = 0, ...passing] = shares;
  const lost = events - ledger.handled;
  const trends: Record<string, Trend[]> = {
    producer: memoryOf(samples.producer),
    consumer: memoryOf(samples.consumer),
  };
  print(`\n${events} events in ${seconds.toFixed(0)} s, ${refused} refused and published again`);
  const others = passing.reduce((sum, share) => sum + share, 0);
  print(`${lasting} handled by the consumer that stayed, ${others} by ${passing.length} others`);
  print(`${killed} consumers killed, ${closed} closed: ${lost} lost, ${repeated} repeated`);
  printTrends(trends);
  if (lost > 0 || !Object.values(trends).flat().every(isFlat)) process.exitCode = 1;
  if (!saved) return;
  const outcome = { events, minutes, seconds, refused, killed, closed, lost, repeated, shares, trends };
  const report = { date, kind, machine: describeMachine('not pinned'), versions: versions(), ...outcome };
  print(`\nsaved to ${save(RESULTS, `soak-${kind}`, date, report)}`);
}

/** Resolves when so many have been handled, or none has been for long. */
async function handled(ledger: Ledger, count: number): Promise<void> {
  let before = -1;
  let since = performance.now();
  for (;;) {
    ledger.look();
    if (ledger.handled >= count) return;
    if (ledger.handled > before) {
      before = ledger.handled;
      since = performance.now();
    } else if (performance.now() - since > PATIENCE * 1000) return;
    await sleep(20);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
