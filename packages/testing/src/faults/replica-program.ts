import { appendFileSync, readdirSync } from 'node:fs';
import {
  jsonCodec,
  type Logger,
  Server,
  systemClock,
  systemRandom,
  type TransportFactory,
} from '@rookery/core';
import { pause } from '../waiting/eventually.js';
import type { Place } from './place.js';

/** What a replica is told when it is started: JSON, as its one argument. */
export interface ReplicaArguments {
  readonly service: string;
  readonly replica: string;
  readonly place: Place;
  /** Milliseconds without a sign of life after which a peer is asked for one. */
  readonly heartbeat: number;
  /** Milliseconds that a peer has to greet, and to finish a message that it has begun. */
  readonly handshake: number;
  /** The file to which the id of each event is added. */
  readonly events: string;
}

/** What a replica tells of itself. */
export interface ReplicaStats {
  readonly pid: number;
  /** File descriptors; `undefined` where the system does not list them. */
  readonly descriptors: number | undefined;
  /** Bytes. */
  readonly memory: number;
  /** How many values its streams have given. */
  readonly produced: number;
}

export const READY = 'ready';
/** How the lines begin that the transport logs. */
export const LOGGED = 'log';

/** The requests that a replica serves. */
export const REQUESTS = {
  /** Gives back what it got. */
  echo: 'echo',
  /** Takes some milliseconds, and gives the replica's name. */
  work: 'work',
  /** Values of 1 KiB without end. */
  flow: 'flow',
  stats: 'stats',
} as const;
export const EVENT = 'happened';

/** Milliseconds that `work` takes. */
const WORK = 10;

/**
 * The whole of a program that serves as one replica until it gets a SIGTERM.
 *
 *     await runReplica(({ place }) => tcp({ listen: place }));
 */
export async function runReplica(transport: (args: ReplicaArguments) => TransportFactory): Promise<void> {
  const args = JSON.parse(process.argv[2] ?? '{}') as ReplicaArguments;
  const { service, replica, events } = args;
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const log = (text: string) => say(`${LOGGED} ${text}`);
  const logger: Logger = { debug() {}, info: log, warn: log, error: log };
  const common = { service, clock: systemClock, random: systemRandom, logger };
  const server = new Server({
    ...common,
    transport: transport(args).create({ ...common, replica }),
    codec: jsonCodec({ strict: true }),
  });
  let produced = 0;
  server.handle(REQUESTS.echo, (data) => data);
  server.handle(REQUESTS.work, async () => {
    await pause(WORK);
    return replica;
  });
  server.handle(REQUESTS.flow, async function* () {
    for (;;) yield `${++produced} `.padEnd(1_024, '.');
  });
  server.handle(REQUESTS.stats, (): ReplicaStats => {
    const { pid } = process;
    return { pid, descriptors: descriptors(), memory: process.memoryUsage.rss(), produced };
  });
  // Before it is accepted, so that what is accepted is in the file however the process ends.
  server.on([EVENT], { endpoint: 'note' }, (data) => appendFileSync(events, `${String(data)}\n`));
  process.once('SIGTERM', () => void server.close().then(() => process.exit()));
  await server.start();
  say(READY);
}

function descriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
