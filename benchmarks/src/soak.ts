import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Child, killChildren } from './process/child.js';
import type { SoakClientCommands, SoakServerCommands } from './soak/commands.js';
import { isFlat, trendsOf } from './soak/flatness.js';
import { describeSample, type Sample } from './soak/sample.js';

/** The load stops this often for both processes to be looked at while they do nothing. */
const SAMPLES = 20;
/** How long the events of a slice may take to be handled after the last one was accepted. */
const SETTLE_SECONDS = 30;

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    killChildren();
    process.exit(130);
  });
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 24 * 60)) {
  process.stderr.write(`--minutes is a number above 0, at most 1440, not "${values.minutes}"\n`);
  process.exit(2);
}

const server = new Child<SoakServerCommands>(new URL('./soak/server.js', import.meta.url), undefined);
const client = new Child<SoakClientCommands>(new URL('./soak/client.js', import.meta.url), undefined);
const samples: Record<'client' | 'server', Sample[]> = { client: [], server: [] };
const total = { requests: 0, streams: 0, events: 0 };
const port = await server.ask('start', {});
await client.ask('connect', { port });

for (let slice = 1; slice <= SAMPLES; slice++) {
  const seconds = (minutes * 60) / SAMPLES;
  const done = await client.ask('load', { seconds }, seconds + 60);
  total.requests += done.requests;
  total.streams += done.streams;
  total.events += done.events;
  await eventsHandled();
  const held = { client: await client.ask('sample', {}), server: await server.ask('sample', {}) };
  samples.client.push(held.client);
  samples.server.push(held.server);
  const { requests, streams, events } = done;
  print(`${slice}/${SAMPLES}: ${requests} requests, ${streams} streams, ${events} events`);
  for (const [process, sample] of Object.entries(held)) print(`  ${process} ${describeSample(sample)}`);
}
const handled = await server.ask('handled', {});
await Promise.all([client.kill(), server.kill()]);

const { requests, streams, events } = total;
print(`\n${requests} requests, ${streams} streams, ${events} events accepted, ${handled} deliveries handled`);

for (const [process, taken] of Object.entries(samples)) {
  for (const trend of trendsOf(taken)) {
    const verdict = isFlat(trend) ? 'flat' : `GROWS, at most ${trend.limit.toFixed(1)}`;
    print(`${process} ${trend.what}: ${trend.early.toFixed(1)} -> ${trend.late.toFixed(1)} ${verdict}`);
  }
}
if (!Object.values(samples).flatMap(trendsOf).every(isFlat)) process.exitCode = 1;

/** @throws Error when events were accepted and never handled. */
async function eventsHandled(): Promise<void> {
  const giveUp = performance.now() + SETTLE_SECONDS * 1000;
  while ((await server.ask('handled', {})) < total.events) {
    if (performance.now() > giveUp) throw new Error(`events were lost: ${total.events} were accepted`);
    await sleep(10);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
