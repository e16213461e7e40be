import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, systemClock, systemRandom } from '@rookery/core';
import { Member } from '../conformance/member.js';
import { freePorts } from '../free-ports.js';
import { eventually, pause } from '../waiting/eventually.js';
import type { FaultSubject } from './fault-subject.js';
import { Load, type LoadOptions } from './load/load.js';
import type { Pace } from './pace.js';
import { LOOPBACK, type Place } from './place.js';
import { Program } from './process/program.js';
import { FaultProxy } from './proxy/fault-proxy.js';
import { LOGGED, READY, type ReplicaArguments, type ReplicaStats, REQUESTS } from './replica-program.js';

/** Milliseconds after its deadline at which a call counts as hung: what a busy machine may take to notice. */
const MARGIN = 1_000;

/** What one scenario has to itself: processes, a network, callers. */
export class FaultWorld {
  readonly subject: FaultSubject;
  readonly pace: Pace;
  readonly clock = systemClock;
  readonly service = 'target';
  /** What the callers' transports said. */
  readonly log: string[] = [];
  readonly #folder: string;
  readonly #programs = new Set<Program>();
  readonly #proxies: FaultProxy[] = [];
  readonly #callers: Member[] = [];

  private constructor(subject: FaultSubject, pace: Pace, folder: string) {
    this.subject = subject;
    this.pace = pace;
    this.#folder = folder;
  }

  static async create(subject: FaultSubject, pace: Pace): Promise<FaultWorld> {
    return new FaultWorld(subject, pace, await mkdtemp(join(tmpdir(), 'rookery-faults-')));
  }

  /** The file of the ids of the events that were handled. */
  get events(): string {
    return join(this.#folder, 'events');
  }

  /** `count` places where nobody listens yet. */
  async places(count: number): Promise<Place[]> {
    return (await freePorts(count)).map((port) => ({ host: LOOPBACK, port }));
  }

  /** A replica as a process of its own, ready; its name is its port. */
  async replica(place: Place): Promise<Program> {
    const { heartbeat, handshake } = this.pace;
    const { service, events } = this;
    const args: ReplicaArguments = { service, replica: nameOf(place), place, heartbeat, handshake, events };
    const script = this.subject.replica;
    return this.keep(Program.start({ script, args: [JSON.stringify(args)], ready: READY }));
  }

  /** Ends the program with the scenario. */
  async keep(starting: Promise<Program>): Promise<Program> {
    const program = await starting;
    this.#programs.add(program);
    return program;
  }

  async proxy(target: Place): Promise<FaultProxy> {
    const proxy = await FaultProxy.listen(target);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** One who calls the replicas at these places, and has called one of them. */
  async caller(...places: Place[]): Promise<Member> {
    const caller = this.member(places);
    this.#callers.push(caller);
    await caller.client.request(REQUESTS.echo, 'hello', { timeout: 10_000 });
    return caller;
  }

  /** One who may call, and whom the scenario itself closes. */
  member(places: readonly Place[]): Member {
    const { service, pace } = this;
    const factory = this.subject.caller({ service, places, heartbeat: pace.heartbeat });
    const say = (text: string) => void this.log.push(text);
    const logger: Logger = { debug() {}, info: say, warn: say, error: say };
    const replica = `caller-${systemRandom.token(8)}`;
    return new Member(
      factory,
      { service: undefined, replica, random: systemRandom, logger },
      {
        to: service,
        timeout: pace.timeout,
      },
    );
  }

  /** Calls at the pace's rate unless told otherwise: `work`, or an echo of `body` if there is one. */
  load({ client }: Member, options: Partial<LoadOptions> = {}, body?: string): Load {
    const { perSecond, lasting, timeout } = this.pace;
    const full = { perSecond, lasting, timeout, margin: MARGIN, ...options };
    const pattern = body === undefined ? REQUESTS.work : REQUESTS.echo;
    return new Load(full, () => client.request(pattern, body, { timeout: full.timeout }));
  }

  /** Resolves when this much of the pace's load is over: the point at which something happens to it. */
  async share(of: number): Promise<void> {
    await pause(this.pace.lasting * of);
  }

  async stats({ client }: Member): Promise<ReplicaStats> {
    return (await client.request(REQUESTS.stats)) as ReplicaStats;
  }

  /** Waits until the replica has as few file descriptors again as it had, and gives their number. */
  async descriptorsBack(caller: Member, before: number | undefined, within: number): Promise<number> {
    if (before === undefined) return -1;
    return eventually(
      async () => {
        const { descriptors = 0 } = await this.stats(caller);
        assert.ok(descriptors <= before, `${descriptors} file descriptors are open, ${before} were before`);
        return descriptors;
      },
      { within },
    );
  }

  /** The lines that a replica's transport has logged. */
  logged({ lines }: Program): string[] {
    return lines.filter((line) => line.startsWith(LOGGED));
  }

  /** The last that was said by those who took part, for the one who has to find out why it went wrong. */
  words(): string {
    const lines = [...this.#programs].flatMap(({ pid, lines }) =>
      lines.slice(-8).map((line) => `${pid}: ${line}`),
    );
    return `\n\ncallers:\n  ${this.log.slice(-15).join('\n  ')}\nreplicas:\n  ${lines.join('\n  ')}`;
  }

  /** Ends all that was started, the frozen as well; afterwards nothing of the callers runs. */
  async close(): Promise<void> {
    for (const { client } of this.#callers) client.close();
    await Promise.all([...this.#programs].map((program) => program.kill()));
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await Promise.all(this.#callers.map((caller) => caller.close()));
    await rm(this.#folder, { recursive: true, force: true });
    await eventually(() => {
      const left = this.#callers.flatMap((caller) => caller.leftovers());
      assert.deepEqual(left, [], 'something still runs after everything was closed');
    });
  }
}

/** The name of the replica at a place. */
export function nameOf({ port }: Place): string {
  return `at-${port}`;
}
