import type { Delivery, Message, Settlement, Subscriber, Subscription } from '@rookery/core';
import type { HandledOutcome } from '../records/records.js';
import { messageOf, Work } from '../work/work.js';
import type { Held, Owner } from './owner.js';

/** A delivery that a process has taken, until it is settled. */
export class EventInHand implements Delivery {
  readonly message: Message;
  readonly attempt: number;
  readonly native: unknown;
  readonly peer: Delivery['peer'];
  waits: (() => boolean) | undefined = undefined;
  readonly #process: Owner;
  readonly #endpoint: string;
  /** Nothing of its key may overtake it, nor come again after what follows. */
  readonly #inOrder: boolean;
  readonly #delivery: Delivery;
  readonly #open: Set<Held>;
  readonly #work: Work;
  #ended = false;

  constructor(process: Owner, { endpoint, ordered }: Subscription, delivery: Delivery, open: Set<Held>) {
    const { message, attempt, native, peer } = delivery;
    this.attempt = attempt;
    this.native = native;
    this.peer = peer;
    this.#process = process;
    this.#endpoint = endpoint;
    this.#inOrder = ordered === true && message.envelope.key !== undefined;
    this.#delivery = delivery;
    this.#open = open;
    this.#work = new Work(
      `${this.#what} in '${process.service}', being handled`,
      process.stage.underWay.moved,
      () => this.waits?.() ?? false,
    );
    this.message = messageOf(this.#work, message);
  }

  get fencingToken(): number | undefined {
    return this.#delivery.fencingToken;
  }

  begin(subscriber: Subscriber): void {
    const process = this.#process;
    if (!process.alive) return;
    const { chaos, clock, underWay } = process.stage;
    const { crash, delay } = chaos.fate(process, 'handle', this.#what);
    this.#open.add(this);
    underWay.begin(this.#work);
    if (crash) process.kill();
    else if (delay === 0 || this.#inOrder) this.#start(subscriber);
    else {
      const over = this.#work.wait();
      clock.after(delay, () => {
        over();
        this.#start(subscriber);
      });
    }
  }

  settle(settlement: Settlement): void {
    const process = this.#process;
    if (this.#ended) return;
    const accepted = settlement.outcome === 'accept';
    const { crash, repeat } = process.stage.chaos.fate(
      process,
      'settle',
      this.#what,
      accepted && !this.#inOrder,
    );
    if (crash === 'before') {
      process.kill();
      return;
    }
    const reason = settlement.outcome === 'accept' ? undefined : settlement.reason;
    this.#end(OUTCOMES[settlement.outcome], reason);
    const again: Settlement = repeat === undefined ? settlement : { outcome: 'retry', after: repeat };
    this.#delivery.settle(again);
    if (again.outcome === 'retry') this.#comesAgain(again.after);
    if (crash === 'after') process.kill();
  }

  /** The process is gone: once the medium has noticed, it gives the event to another one. */
  drop(): void {
    this.#end('lost');
  }

  get #what(): string {
    return `event ${this.#delivery.message.envelope.pattern} (${this.#endpoint}, attempt ${this.attempt})`;
  }

  #start(subscriber: Subscriber): void {
    const process = this.#process;
    if (!this.#ended && process.alive) process.within(this.#work, () => subscriber(this));
  }

  #comesAgain(after: number): void {
    const { clock, underWay } = this.#process.stage;
    const at = Math.round(clock.now() + after);
    underWay.expect(`${this.#what} of '${this.#process.service}', comes again at ${at} ms`, after, clock);
  }

  #end(outcome: HandledOutcome, error?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#open.delete(this);
    const { journal, underWay } = this.#process.stage;
    underWay.end(this.#work);
    journal.add({
      type: 'handled',
      kind: 'event',
      service: this.#process.service,
      endpoint: this.#endpoint,
      ...journal.about(this.message),
      attempt: this.attempt,
      outcome,
      error,
    });
  }
}

const OUTCOMES = { accept: 'accepted', retry: 'retried', reject: 'dead-lettered' } as const;
