import { AsyncLocalStorage } from 'node:async_hooks';
import { createEnvelope, currentContext, type Envelope, type Message } from '@rookery/core';

const storage = new AsyncLocalStorage<Work | undefined>();

const ofEnvelope = new WeakMap<Envelope, Work>();

/**
 * The work that the one who asks belongs to; `undefined` outside of any. The message being handled says it best: a
 * server may put a handler off, and then begin it when another one has ended.
 */
export function currentWork(): Work | undefined {
  const message = currentContext();
  return (message && ofEnvelope.get(message.envelope)) ?? storage.getStore();
}

/** The message with an envelope of its own, by which its handling is known to be `work`. */
export function messageOf(work: Work, { envelope, body }: Message): Message {
  const own = createEnvelope(envelope);
  ofEnvelope.set(own, work);
  return { envelope: own, body };
}

/** Runs `run` as a part of `work`, or of none. */
export function runAsWork<R>(work: Work | undefined, run: () => R): R {
  return storage.run(work, run);
}

/**
 * User code that has begun and not ended: the handling of one message, or what a test has asked to be run. It waits for
 * virtual time, or else, as far as can be known, for something real: then time has to wait for it.
 */
export class Work {
  /** What it is, for people. */
  readonly what: string;
  readonly #moved: () => void;
  #waits = 0;
  #given = false;
  readonly #held: () => boolean;

  /**
   * @param moved told whenever something about it changes
   * @param held whether it waits for others: for its turn, or for a reader
   */
  constructor(what: string, moved: () => void, held = () => false) {
    this.what = what;
    this.#moved = moved;
    this.#held = held;
  }

  /** Whether it waits for nothing that virtual time brings. */
  get busy(): boolean {
    return this.#waits === 0 && !this.#given && !this.#held();
  }

  /** It waits for one more thing that time brings, until the returned function is called. */
  wait(): () => void {
    this.#waits++;
    this.#move();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#waits--;
      this.#move();
    };
  }

  /** It has not moved for so long that time no longer waits for it, until it moves. */
  giveUp(): void {
    this.#given = true;
  }

  #move(): void {
    this.#given = false;
    this.#moved();
  }
}
