import type { Clock, Timer } from '../clock/clock.js';
import { createEnvelope, type Message } from '../envelope/envelope.js';
import type { Settlement, Subscriber } from '../transport/events.js';
import { REPLAY_HEADER, type DeadLetter } from './dead-letter.js';

/** How a replay ended: as its last delivery was settled, or `left` because the service stops. */
export type ReplayEnd = Exclude<Settlement, { readonly outcome: 'retry' }> | { readonly outcome: 'left' };

/**
 * A letter that is being replayed: delivered to its endpoint, and to no other, as if the medium did it, from the first
 * attempt on, with the waits of the endpoint's retries in between.
 */
export class ReplayedLetter {
  readonly #message: Message;
  readonly #fencingToken: number | undefined;
  readonly #subscriber: Subscriber;
  readonly #clock: Clock;
  readonly #end = Promise.withResolvers<ReplayEnd>();
  #attempt = 0;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(letter: DeadLetter, subscriber: Subscriber, clock: Clock) {
    this.#message = replayOf(letter);
    this.#fencingToken = letter.parked?.fencingToken;
    this.#subscriber = subscriber;
    this.#clock = clock;
  }

  /** Resolves when it has been settled for good. */
  run(): Promise<ReplayEnd> {
    this.#deliver();
    return this.#end.promise;
  }

  /** The service stops: there is no further try. What a handler has goes on. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer) this.abandon();
  }

  /** The service has stopped: whatever a handler still has will not be settled. */
  abandon(): void {
    this.#timer?.cancel();
    this.#end.resolve({ outcome: 'left' });
  }

  #deliver(): void {
    this.#timer = undefined;
    let settled = false;
    this.#subscriber({
      message: this.#message,
      attempt: ++this.#attempt,
      replayed: true,
      fencingToken: this.#fencingToken,
      settle: (settlement) => {
        if (settled) return;
        settled = true;
        if (settlement.outcome !== 'retry') {
          this.#end.resolve(settlement);
          return;
        }
        if (settlement.uncounted) this.#attempt--;
        if (this.#stopped) this.abandon();
        else this.#timer = this.#clock.after(settlement.after, () => this.#deliver());
      },
    });
  }
}

/** The message as it was, and how often it was replayed. */
function replayOf({ message: { envelope, body }, replays }: DeadLetter): Message {
  const headers = { ...envelope.headers, [REPLAY_HEADER]: String(replays + 1) };
  return { envelope: createEnvelope({ ...envelope, headers }), body };
}

/** How often a message was replayed, and the message as it was before: what a letter of it has. */
export function beforeReplay(message: Message): { readonly message: Message; readonly replays: number } {
  const { envelope, body } = message;
  const count = envelope.headers?.[REPLAY_HEADER];
  if (count === undefined) return { message, replays: 0 };
  const { [REPLAY_HEADER]: _, ...others } = envelope.headers as Record<string, string>;
  const headers = Object.keys(others).length > 0 ? others : undefined;
  const replays = /^\d{1,9}$/.test(count) ? Number(count) : 0;
  return { message: { envelope: createEnvelope({ ...envelope, headers }), body }, replays };
}
