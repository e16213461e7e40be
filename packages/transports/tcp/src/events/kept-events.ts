import type { Enrolled, Message, Roster } from '@rookery/core';

/** An accepted event on its way to one endpoint. */
export class KeptEvent implements Enrolled<KeptEvent> {
  readonly message: Message;
  /** Ascends in the order of arrival. */
  readonly order: number;
  /** How many deliveries were begun. */
  attempt = 0;
  /** The one behind it in {@link KeptEvents}. */
  next: KeptEvent | undefined = undefined;
  /** Those that its consumer has and has not settled, if it has a consumer. */
  among: Roster<KeptEvent> | undefined = undefined;
  /** It holds its line, because not all of it is written. */
  holds = false;
  earlier: KeptEvent | undefined = undefined;
  later: KeptEvent | undefined = undefined;

  constructor(message: Message, order: number) {
    this.message = message;
    this.order = order;
  }
}

/** A line of events that takes new ones at its end and returned ones at its head, each at constant cost. */
export class KeptEvents {
  #head: KeptEvent | undefined;
  #tail: KeptEvent | undefined;

  get empty(): boolean {
    return this.#head === undefined;
  }

  /** The one that {@link KeptEvents.shift} would give. */
  get first(): KeptEvent | undefined {
    return this.#head;
  }

  push(event: KeptEvent): void {
    event.next = undefined;
    if (this.#tail) this.#tail.next = event;
    else this.#head = event;
    this.#tail = event;
  }

  unshift(event: KeptEvent): void {
    event.next = this.#head;
    this.#head = event;
    this.#tail ??= event;
  }

  /** Puts an event before all that came later; at constant cost if that is at either end. */
  insert(event: KeptEvent): void {
    if (!this.#tail || this.#tail.order < event.order) {
      this.push(event);
      return;
    }
    let before: KeptEvent | undefined;
    for (let next = this.#head; next && next.order < event.order; next = next.next) before = next;
    if (!before) {
      this.unshift(event);
      return;
    }
    event.next = before.next;
    before.next = event;
  }

  shift(): KeptEvent | undefined {
    const event = this.#head;
    if (!event) return undefined;
    this.#head = event.next;
    if (!this.#head) this.#tail = undefined;
    event.next = undefined;
    return event;
  }
}
