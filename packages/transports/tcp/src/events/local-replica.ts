import { ownMessage, type Clock } from '@rookery/core';
import type { Outcome } from '../frames/ack.js';
import type { Route } from '../frames/handshake.js';
import type { Consumer } from './consumer.js';
import type { Intake } from './intake.js';
import type { EventReplica } from './service-events.js';

/** This process among the subscribers to what it publishes: its own endpoints get events without a socket. */
export class LocalReplica implements EventReplica {
  readonly home = 'this process';
  readonly routes: readonly Route[];
  readonly #intakes: readonly Intake[];
  readonly #replica: string;
  readonly #clock: Clock;

  /** @param replica who this process is; by that it has its slots, as other senders see it */
  constructor(intakes: readonly Intake[], replica: string, clock: Clock) {
    this.#replica = replica;
    this.#intakes = intakes;
    this.#clock = clock;
    this.routes = intakes.map(({ subscription }) => subscription);
  }

  consumer(index: number): Consumer {
    const intake = this.#intakes[index] as Intake;
    let unsettled = 0;
    const consumer: LocalConsumer = {
      replica: this.#replica,
      window: intake.windowFor(0),
      own: (slot, above) => {
        const token = intake.own(slot, above);
        if (token !== undefined) consumer.owned?.(slot, token);
      },
      deliver: (message, attempt, settle) => {
        unsettled++;
        const end = (outcome: Outcome): void => {
          unsettled--;
          settle(outcome);
        };
        // In a turn of its own, so that no handler runs inside of publish().
        this.#clock.defer(() => intake.take({ ...OWN, message: ownMessage(message), attempt, settle: end }));
        return undefined;
      },
    };
    intake.watch(() => {
      consumer.window = intake.windowFor(unsettled);
      consumer.windowChanged?.();
    });
    return consumer;
  }
}

interface LocalConsumer extends Consumer {
  window: number;
}

/** What is so of every event that this process sends to itself. */
const OWN = { native: undefined, gone: false, patient: false };
