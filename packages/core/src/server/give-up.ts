import { deadLetterId, type DeadLetter, type LetterParking } from '../dead-letters/dead-letter.js';
import { describeFailure, letterFailure } from '../dead-letters/failure.js';
import { beforeReplay } from '../dead-letters/replayed-letter.js';
import type { Delivery, Settlement } from '../transport/events.js';
import type { EventScope } from './event-scope.js';

/** An event that is given up. */
export interface GivenUp {
  readonly endpoint: string;
  readonly delivery: Delivery;
  readonly error: unknown;
  /** Where it stands among those of its key, if that is parked from now on. */
  readonly parked?: LetterParking | undefined;
  /** Milliseconds after which it comes again if the dead letters do not take it. */
  readonly pause: number;
}

/** Puts the event among the dead letters; if they do not take it, better again and again than lost. */
export async function giveUp(scope: EventScope, given: GivenUp): Promise<Settlement> {
  const { logger, deadLetters, service } = scope;
  const { endpoint, delivery, error } = given;
  const reason = describeFailure(error);
  const what = `${failureOf(service, endpoint, delivery)}: ${reason}`;
  try {
    const letter = letterOf(scope, given);
    await deadLetters.put(letter);
    scope.firstFailures.forget(letter.message.envelope.id, endpoint);
    if (given.parked) {
      const key = `'${delivery.message.envelope.key}'`;
      logger.warn(
        `'${service}' parks the key ${key} at ${endpoint}: its events are dead letters until it is released ` +
          `(rookery dead-letters release --key ${key})`,
      );
    }
    logger.error(`${what}; given up after try ${delivery.attempt}, it is the dead letter ${letter.id}`);
    return { outcome: 'reject', reason };
  } catch (refusal) {
    logger.error(
      `${what}; the dead letters did not take it: ${describeFailure(refusal)}; it will come again`,
    );
    return { outcome: 'retry', after: given.pause, reason };
  }
}

/** Which event has failed, for the log. */
export function failureOf(service: string, endpoint: string, { message }: Delivery): string {
  return `event ${message.envelope.pattern} (${message.envelope.id}) failed in ${endpoint} of '${service}'`;
}

function letterOf(
  { service, clock, replica, firstFailures }: EventScope,
  { endpoint, delivery, error, parked }: GivenUp,
): DeadLetter {
  const { message, replays } = beforeReplay(delivery.message);
  const { id } = message.envelope;
  const lastFailure = letterFailure(error, clock.epoch(), replica);
  return {
    id: deadLetterId(id, endpoint),
    message,
    service,
    endpoint,
    attempts: delivery.attempt,
    replays,
    firstFailure: firstFailures.of(id, endpoint) ?? lastFailure,
    lastFailure,
    ...(parked ? { parked } : {}),
  };
}
