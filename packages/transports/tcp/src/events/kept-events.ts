import type { Message } from '@rookery/core';

/** An accepted event on its way to one endpoint. */
export interface KeptEvent {
  readonly message: Message;
  /** How many deliveries were begun. */
  attempt: number;
  /** The one behind it in {@link KeptEvents}. */
  next: KeptEvent | undefined;
}

/** A line of events that takes new ones at its end and returned ones at its head, each at constant cost. */
export class KeptEvents {
  #head: KeptEvent | undefined;
  #tail: KeptEvent | undefined;

  get empty(): boolean {
    return this.#head === undefined;
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

  shift(): KeptEvent | undefined {
    const event = this.#head;
    if (!event) return undefined;
    this.#head = event.next;
    if (!this.#head) this.#tail = undefined;
    event.next = undefined;
    return event;
  }
}
