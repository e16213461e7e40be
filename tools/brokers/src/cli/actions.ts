import { setTimeout as delay } from 'node:timers/promises';
import { answers } from '../answers.js';
import { type BrokerKind, titles } from '../broker.js';
import { environmentBroker } from '../environment-broker.js';
import { OwnBroker } from '../own-broker.js';
import { startOwn } from '../start-broker.js';
import { addressVariable } from '../variables.js';
import type { BrokersOptions } from './options.js';
import { addRecord, readRecord, removeRecord, replaceRecord } from './record.js';

type Action = (kind: BrokerKind, options: BrokersOptions) => Promise<void>;

/** What each action does to one broker. They reject with an Error that people read. */
export const act: Record<BrokersOptions['action'], Action> = {
  async up(kind) {
    const named = process.env[addressVariable(kind)];
    const broker = await recorded(kind);
    if (named && named !== broker?.url) {
      await environmentBroker(kind, process.env);
      say(kind, `answers at ${named}, which ${addressVariable(kind)} names`);
      return;
    }
    if (broker === undefined) return begin(kind);
    if (broker.pid !== undefined) await broker.resume();
    await broker.start();
    await save(broker);
    announce(broker);
  },

  async down(kind) {
    const broker = await recorded(kind);
    if (broker === undefined) return say(kind, 'is not up');
    await broker.stop();
    await removeRecord(kind);
    say(kind, 'is down, and its data removed');
  },

  async status(kind) {
    const broker = await recorded(kind);
    const url = broker?.url ?? process.env[addressVariable(kind)];
    if (url === undefined) throw new Error(`${titles[kind]} is not up`);
    const whose = broker ? `process ${broker.pid ?? 'none'}, ${broker.launch.folder}` : addressVariable(kind);
    if (!(await answers(url, 3_000))) throw new Error(`${titles[kind]} does not answer at ${url} (${whose})`);
    console.log(`${titles[kind]} answers at ${url} (${whose})`);
  },

  async kill(kind) {
    const broker = await ours(kind);
    await broker.kill();
    await save(broker);
    say(kind, 'is killed; its data stay');
  },

  async pause(kind, { pauseFor }) {
    const broker = await ours(kind);
    await broker.pause();
    say(kind, 'is paused');
    if (pauseFor === undefined) return;
    const stopped = new AbortController();
    const stop = () => stopped.abort();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    await delay(pauseFor, undefined, { signal: stopped.signal }).catch(() => {});
    await broker.resume();
    say(kind, 'goes on');
  },

  async resume(kind) {
    await (await ours(kind)).resume();
    say(kind, 'goes on');
  },

  async restart(kind) {
    const broker = await ours(kind);
    await broker.restart();
    await save(broker);
    announce(broker);
  },
};

async function begin(kind: BrokerKind): Promise<void> {
  say(kind, 'is being started');
  const { broker, watchdog } = await startOwn(kind);
  const { launch, running } = broker;
  if (!(await addRecord(kind, { launch, running }))) {
    await broker.stop();
    throw new Error(`${titles[kind]} was started by somebody else meanwhile: see status`);
  }
  await watchdog.release();
  announce(broker);
}

async function recorded(kind: BrokerKind): Promise<OwnBroker | undefined> {
  const record = await readRecord(kind);
  return record && new OwnBroker(record.launch, record.running);
}

async function ours(kind: BrokerKind): Promise<OwnBroker> {
  const broker = await recorded(kind);
  if (broker) return broker;
  const named = process.env[addressVariable(kind)];
  const why = named
    ? `at ${named} is not ours: ${addressVariable(kind)} names it`
    : 'is not up: npm run brokers -- up';
  throw new Error(`${titles[kind]} ${why}`);
}

function save(broker: OwnBroker): Promise<void> {
  const { kind, launch, running } = broker;
  return replaceRecord(kind, { launch, running });
}

function announce({ kind, url }: OwnBroker): void {
  say(kind, `answers at ${url}`);
  console.log(`export ${addressVariable(kind)}=${url}`);
}

/** Standard output is for the shell: eval "$(npm run -s brokers -- up)". */
function say(kind: BrokerKind, what: string): void {
  process.stderr.write(`${titles[kind]} ${what}\n`);
}
