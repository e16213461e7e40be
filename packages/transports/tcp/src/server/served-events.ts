import type { Socket } from 'node:net';
import { type Message, type Peer, SLOT_COUNT } from '@rookery/core';
import type { Arrival, Intake } from '../events/intake.js';
import { DENIED, OUTCOME_BOUND, type Outcome, writeOutcome } from '../frames/ack.js';
import type { Cursor } from '../frames/cursor.js';
import { FrameType } from '../frames/frame-type.js';
import { VARINT_BOUND } from '../frames/frame-writer.js';
import { OWNER_BOUND, readOwner, writeOwner } from '../frames/owner.js';
import { malformed } from '../frames/protocol.js';
import type { Permissions } from '../security/permissions.js';
import type { MessageReader } from '../connection/message-reader.js';
import type { Outgoing } from '../connection/outgoing.js';

/** The connection that events arrive on. */
export interface EventSender {
  readonly socket: Socket;
  readonly outgoing: Outgoing;
  /** Who it is, as far as it has proven it. */
  readonly identity: Peer | undefined;
  /** It may not send what it has sent. */
  denied(why: string): void;
}

/** One of them, on its way through the endpoint. */
class SentEvent implements Arrival {
  readonly #events: ServedEvents;
  readonly #number: number;
  readonly #route: number;
  readonly attempt: number;
  readonly message: Message;

  constructor(events: ServedEvents, number: number, route: number, attempt: number, message: Message) {
    this.#events = events;
    this.#number = number;
    this.#route = route;
    this.attempt = attempt;
    this.message = message;
  }

  get native(): Socket {
    return this.#events.sender.socket;
  }

  get peer(): Peer | undefined {
    return this.#events.sender.identity;
  }

  get gone(): boolean {
    return this.#events.gone;
  }

  get patient(): boolean {
    return !this.#events.pauses;
  }

  settle(outcome: Outcome): void {
    this.#events.acknowledge(this.#number, this.#route, outcome);
  }
}

/** The events that arrive on one connection. */
export class ServedEvents {
  readonly #intakes: readonly Intake[];
  readonly sender: EventSender;
  readonly #permissions: Permissions | undefined;
  /** Whether the sender knows of pauses. */
  readonly pauses: boolean;
  /** Whether it says which slots it gives to this replica. */
  readonly #owners: boolean;
  /** How many deliveries of each subscription are not settled. */
  readonly #unsettled: number[];
  /** How many there may be, as the sender knows it. */
  readonly #windows: number[];
  #unwatch: readonly (() => void)[] = [];
  /** Whether the connection is. */
  gone = false;

  /**
   * @param intakes in the order of the WELCOME
   * @param permissions what the sender may send; everything when left out
   * @param knows what the sender understands
   */
  constructor(
    intakes: readonly Intake[],
    sender: EventSender,
    permissions: Permissions | undefined,
    knows: readonly string[],
  ) {
    this.#intakes = intakes;
    this.#unsettled = intakes.map(() => 0);
    this.#windows = intakes.map(({ subscription }) => subscription.concurrency);
    this.sender = sender;
    this.#permissions = permissions;
    this.pauses = knows.includes('pauses');
    this.#owners = knows.includes('owners');
  }

  /** The sender has been welcomed: from now on it is told of pauses. */
  begin(): void {
    if (!this.pauses) return;
    this.#unwatch = this.#intakes.map((intake, route) => intake.watch(() => this.#tellWindow(intake, route)));
    for (const [route, intake] of this.#intakes.entries()) this.#tellWindow(intake, route);
  }

  /** Takes an EVENT frame. */
  event(fields: Cursor, reader: MessageReader): void {
    const number = fields.varint();
    const route = fields.varint();
    const attempt = fields.varint();
    const intake = this.#intakes[route];
    if (!intake) throw malformed(`an event for subscription ${route} of ${this.#intakes.length}`);
    const unsettled = this.#unsettled[route] as number;
    const { concurrency } = intake.subscription;
    if (unsettled >= concurrency)
      throw malformed(`more than ${concurrency} events for subscription ${route} at once`);
    this.#unsettled[route] = unsettled + 1;
    const body = reader.message(fields, (message) => {
      const { patterns } = intake.subscription;
      const denied = this.#permissions?.event(message.envelope.pattern, route, patterns);
      if (denied === undefined) {
        if (!this.#owners) ownUnasked(intake, message);
        intake.take(new SentEvent(this, number, route, attempt, message));
      } else this.#deny(number, route, denied);
    });
    // Not before all of it has passed, so that it does not come again while it is still coming.
    body?.whenPassed(() => this.acknowledge(number, route, { outcome: 'return' }));
  }

  /** Takes an OWNER frame, and answers it where the subscription is ordered. */
  owner(fields: Cursor): void {
    const { route, slot, fencingToken: above } = readOwner(fields, this.#intakes.length);
    const fencingToken = this.#intakes[route]?.own(slot, above);
    if (fencingToken === undefined) return;
    const writer = this.sender.outgoing.begin(FrameType.owner, OWNER_BOUND);
    writeOwner(writer, { route, slot, fencingToken });
    writer.end();
  }

  /** Whether an event is not settled. */
  get busy(): boolean {
    return this.#unsettled.some((count) => count > 0);
  }

  /** The connection is gone: nothing can be acknowledged, and all of it will come again. */
  close(): void {
    this.gone = true;
    for (const unwatch of this.#unwatch) unwatch();
    for (const intake of this.#intakes) intake.sweep();
  }

  #deny(number: number, route: number, why: string): void {
    this.sender.denied(why);
    this.acknowledge(number, route, { outcome: 'reject', reason: `${DENIED}${why}` });
  }

  #tellWindow(intake: Intake, route: number): void {
    const window = intake.windowFor(this.#unsettled[route] as number);
    if (window === this.#windows[route]) return;
    this.#windows[route] = window;
    const writer = this.sender.outgoing.begin(FrameType.window, 2 * VARINT_BOUND);
    writer.varint(route);
    writer.varint(window);
    writer.end();
  }

  /** Tells the sender how a delivery has ended. */
  acknowledge(number: number, route: number, given: Outcome): void {
    (this.#unsettled[route] as number)--;
    if (this.gone) return;
    // Who knows no `postpone` gives it again as the same attempt, only sooner; and here it waits for the end of the pause.
    const unknown = !this.pauses && given.outcome === 'retry' && given.uncounted === true;
    const outcome: Outcome = unknown ? { outcome: 'return' } : given;
    const writer = this.sender.outgoing.begin(FrameType.ack, VARINT_BOUND + OUTCOME_BOUND);
    writer.varint(number);
    writeOutcome(writer, outcome);
    writer.end();
  }
}

/** Whoever does not say when the owner changes may have changed it with each event. */
function ownUnasked(intake: Intake, { envelope: { slot } }: Message): void {
  if (slot !== undefined && slot < SLOT_COUNT) intake.own(slot, 0);
}
