import assert from 'node:assert/strict';
import { systemRandom, type Logger, type Server } from '@rookery/core';
import { eventually } from '../waiting/eventually.js';
import { Member, Replica, type CallerOptions, type ReplicaOptions } from './member.js';
import type { Medium, Subject } from './subject.js';

/** See {@link World.pair}. */
export interface Pair {
  readonly service: string;
  readonly replica: Replica;
  readonly caller: Member;
}

/** What one case has to itself: a medium, and services and callers whose names nobody else has. */
export class World {
  readonly subject: Subject;
  /** Milliseconds that something may take to happen. */
  readonly patience: number;
  /** What the members said, for the one who has to find out why a case failed. */
  readonly log: string[] = [];
  readonly #medium: Medium;
  readonly #members: Member[] = [];
  #names = 0;

  constructor(subject: Subject, medium: Medium) {
    this.subject = subject;
    this.#medium = medium;
    this.patience = subject.patience ?? 5_000;
  }

  /** A name for a service. */
  service(role: string): string {
    return `${role}-${systemRandom.token(8)}`;
  }

  /** A replica that has yet to declare its handlers and start. On direct media, make it before those who call it. */
  replica(service: string, options: ReplicaOptions = {}): Replica {
    const name = options.name ?? `r${++this.#names}-${systemRandom.token(8)}`;
    const factory = this.#medium.replica(service, name);
    const replica = new Replica(factory, this.#host(service, name), options, { timeout: this.patience });
    this.#members.push(replica);
    return replica;
  }

  /** One who only calls. */
  caller(options: CallerOptions = {}): Member {
    const name = `c${++this.#names}-${systemRandom.token(8)}`;
    const caller = new Member(this.#medium.client(), this.#host(undefined, name), {
      timeout: this.patience,
      ...options,
    });
    this.#members.push(caller);
    return caller;
  }

  /** A service with one replica, started, and one who calls it. */
  async pair(
    declare: (server: Server, replica: Replica) => void,
    options: ReplicaOptions & Omit<CallerOptions, 'to'> = {},
  ): Promise<Pair> {
    const service = this.service('service');
    const replica = this.replica(service, options);
    declare(replica.server, replica);
    await replica.server.start();
    const { timeout = this.patience, idleTimeout, acceptStack } = options;
    return { service, replica, caller: this.caller({ to: service, timeout, idleTimeout, acceptStack }) };
  }

  /** Ends a replica as a crash would. What it has in hand goes on, in vain. */
  async kill(replica: Replica): Promise<void> {
    await (this.subject.kill?.(replica.transport) ?? replica.transport.close());
  }

  /** As `eventually`, with the patience that the medium needs. */
  eventually<T>(check: () => T | Promise<T>): Promise<T> {
    return eventually(check, { within: this.patience });
  }

  /** Closes everything, the callers first. */
  async close(): Promise<void> {
    for (const { client } of this.#members) client.close();
    await Promise.all(this.#members.map((member) => member.close()));
    await this.#medium.close?.();
  }

  /** @throws AssertionError when a member that was closed has left something running */
  async assertNothingLeft(): Promise<void> {
    await this.eventually(() => {
      const left = this.#members.flatMap((member) => member.leftovers());
      assert.deepEqual(left, [], 'something still runs after everything was closed');
    });
  }

  #host<S extends string | undefined>(service: S, replica: string) {
    const say = (level: string) => (text: string) => void this.log.push(`${replica} ${level}: ${text}`);
    const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
    return { service, replica, random: systemRandom, logger };
  }
}
