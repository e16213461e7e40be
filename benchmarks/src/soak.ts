import { setTimeout as sleep } from 'node:timers/promises';
import type { Done } from './soak/mixture.js';
import { parseArgs } from 'node:util';
import { describeMachine, versions } from './machine.js';
import { Child, stopWithChildren } from './process/child.js';
import type { SoakClientCommands, SoakServerCommands } from './soak/commands.js';
import { RESULTS, save } from './report/save.js';
import { isFlat, trendsOf } from './soak/flatness.js';
import { describeSample, type Sample } from './soak/sample.js';
import { soakStreams } from './soak/streams.js';
import { printTrends } from './soak/trends.js';
import { soakBroker } from './soak/broker/soak-broker.js';

/** The load stops this often for both processes to be looked at while they do nothing. */
const SAMPLES = 20;
/** How long the events of a slice may take to be handled after the last one was accepted. */
const SETTLE_SECONDS = 30;

stopWithChildren();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string' },
    events: { type: 'string', default: '1000000' },
    streams: { type: 'boolean', default: false },
    items: { type: 'string', default: '1000000' },
    save: { type: 'boolean', default: false },
  },
});
const date = new Date().toISOString();
const kind = positionals[0];
if (positionals.length > 1 || (kind !== undefined && kind !== 'rabbitmq' && kind !== 'kafka')) {
  process.stderr.write(
    `what is soaked is rabbitmq or kafka, or nothing for TCP, not "${positionals.join(' ')}"\n`,
  );
  process.exit(2);
}
const minutes = Number(values.minutes ?? (kind === undefined ? 1 : 4));
if (!(minutes > 0 && minutes <= 24 * 60)) {
  process.stderr.write(`--minutes is a number above 0, at most 1440, not "${values.minutes}"\n`);
  process.exit(2);
}

if (values.streams) {
  const items = Number(values.items);
  if (!(Number.isSafeInteger(items) && items > 0)) {
    process.stderr.write(`--items is a whole number above 0, not "${values.items}"\n`);
    process.exit(2);
  }
  await soakStreams(items, values.save);
  process.exit();
}

if (kind !== undefined) {
  const events = Number(values.events);
  if (!(Number.isSafeInteger(events) && events >= 20 && events <= 2 ** 31)) {
    process.stderr.write(`--events is a whole number from 20 to 2^31, not "${values.events}"\n`);
    process.exit(2);
  }
  await soakBroker(kind, events, minutes, values.save);
  process.exit();
}

const server = new Child<SoakServerCommands>(new URL('./soak/server.js', import.meta.url), undefined);
const client = new Child<SoakClientCommands>(new URL('./soak/client.js', import.meta.url), undefined);
const samples: Record<'client' | 'server', Sample[]> = { client: [], server: [] };
const total: Done = { requests: 0, streams: 0, events: 0, large: 0, visits: 0 };
const kinds = Object.keys(total) as (keyof Done)[];
const port = await server.ask('start', {});
await client.ask('connect', { port });

for (let slice = 1; slice <= SAMPLES; slice++) {
  const seconds = (minutes * 60) / SAMPLES;
  const done = await client.ask('load', { seconds }, seconds + 60);
  for (const kind of kinds) total[kind] += done[kind];
  await eventsHandled();
  const held = { client: await client.ask('sample', {}), server: await server.ask('sample', {}) };
  samples.client.push(held.client);
  samples.server.push(held.server);
  print(`${slice}/${SAMPLES}: ${listed(done)}`);
  for (const [process, sample] of Object.entries(held)) print(`  ${process} ${describeSample(sample)}`);
}
const handled = await server.ask('handled', {});
await client.ask('close', {});
await serverAlone();
const rest = { client: await client.ask('sample', {}), server: await server.ask('sample', {}) };
await Promise.all([client.kill(), server.kill()]);

print(`\n${listed(total)}, ${handled} deliveries handled`);

const trends = Object.fromEntries(Object.entries(samples).map(([name, taken]) => [name, trendsOf(taken)]));
printTrends(trends);
for (const [name, sample] of Object.entries(rest)) {
  const left = ['Timeout', 'TCPSocketWrap'].filter((kind) => (sample.handles[kind] ?? 0) > 0);
  print(`${name} after close: ${describeSample(sample)}${left.length > 0 ? `; LEFT: ${left.join()}` : ''}`);
  if (left.length > 0) process.exitCode = 1;
}
if (!Object.values(trends).flat().every(isFlat)) process.exitCode = 1;
if (values.save) {
  const machine = describeMachine('not pinned');
  const result = { date, minutes, machine, versions: versions(), total, handled, trends, rest };
  print(`\nsaved to ${save(RESULTS, 'soak', date, result)}`);
}

/** @throws Error when events were accepted and never handled. */
async function eventsHandled(): Promise<void> {
  const giveUp = performance.now() + SETTLE_SECONDS * 1000;
  while ((await server.ask('handled', {})) < total.events) {
    if (performance.now() > giveUp) throw new Error(`events were lost: ${total.events} were accepted`);
    await sleep(10);
  }
}

/** Resolves when the server has heard that the client is gone. */
async function serverAlone(): Promise<void> {
  const giveUp = performance.now() + SETTLE_SECONDS * 1000;
  while ((await server.ask('sample', {})).handles['TCPSocketWrap'] && performance.now() < giveUp)
    await sleep(50);
}

function listed(done: Done): string {
  return kinds.map((kind) => `${done[kind]} ${kind}`).join(', ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
