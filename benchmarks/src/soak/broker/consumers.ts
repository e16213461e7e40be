import { join } from 'node:path';
import { Child } from '../../process/child.js';
import type { BrokerServerCommands, Meeting } from './commands.js';
import type { Ledger } from './ledger.js';

type Consumer = Child<BrokerServerCommands>;

/** Seconds between two that go. */
const EVERY = 4;

/** Consumers of one service: one that stays, and two of which one goes every few seconds, killed and closed by turns. */
export class Consumers {
  readonly #meeting: Meeting;
  readonly #folder: string;
  readonly #ledger: Ledger;
  readonly #passing: Consumer[] = [];
  #files = 0;
  #going = true;
  #done: Promise<void> | undefined;
  lasting: Consumer | undefined;
  killed = 0;
  closed = 0;

  constructor(meeting: Meeting, folder: string, ledger: Ledger) {
    this.#meeting = meeting;
    this.#folder = folder;
    this.#ledger = ledger;
  }

  async start(): Promise<void> {
    this.lasting = await this.#started();
    this.#passing.push(await this.#started(), await this.#started());
    this.#done = this.#come();
    this.#done.catch(() => undefined); // told by `stop`
  }

  /** Has them all end. @throws what went wrong with one of them since `start` */
  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
    for (const consumer of [this.lasting, ...this.#passing]) await consumer?.kill();
  }

  async #come(): Promise<void> {
    for (let turn = 0; this.#going; turn++) {
      const until = performance.now() + EVERY * 1000;
      while (this.#going && performance.now() < until) await new Promise((next) => setTimeout(next, 50));
      if (!this.#going) return;
      const leaving = this.#passing.shift();
      if (turn % 2 === 0) this.killed++;
      else {
        this.closed++;
        await leaving?.ask('close', {}, 60);
      }
      await leaving?.kill();
      this.#passing.push(await this.#started());
    }
  }

  async #started(): Promise<Consumer> {
    const consumer = new Child<BrokerServerCommands>(new URL('./server.js', import.meta.url));
    const file = join(this.#folder, `handled-${this.#files++}`);
    this.#ledger.add(file);
    await consumer.ask('start', { ...this.#meeting, file }, 60);
    return consumer;
  }
}
