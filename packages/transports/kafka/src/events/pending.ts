import { Expiring, type Delivery, type Message, type Settlement } from '@rookery/core';
import type { Endpoint } from './endpoint.js';
import type { LogEntry } from './partition-log.js';

/** An event on its way to one endpoint. */
export class Pending extends Expiring {
  readonly entry: LogEntry;
  readonly endpoint: Endpoint;
  /** How often it was tried. */
  attempt: number;

  constructor(entry: LogEntry, endpoint: Endpoint, attempt: number) {
    super();
    this.entry = entry;
    this.endpoint = endpoint;
    this.attempt = attempt;
    entry.open++;
    entry.deliveries.push(this);
  }

  /** Its time has come. */
  expire(): void {
    if (!this.entry.log.closed) this.endpoint.offer(this);
  }

  /** It will not come again. */
  settled(): void {
    this.entry.open--;
    this.entry.log.advance();
  }

  /** The next try. @param settle called once */
  delivery(message: Message, settle: (settlement: Settlement) => void): Delivery {
    let open = true;
    const { record } = this.entry;
    return {
      message,
      attempt: ++this.attempt,
      native: record,
      settle: (settlement) => {
        if (!open) return;
        open = false;
        settle(settlement);
      },
    };
  }
}
