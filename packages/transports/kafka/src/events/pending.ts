import { Expiring, type Delivery, type Message, type Settlement } from '@rookery/core';
import type { LogEntry } from './partition-log.js';

/** To whom an event is on its way. */
export interface Taker {
  /** Unique among those of the service; it is written down with what is to come again. */
  readonly name: string;
  readonly ordered: boolean;
  /** Whether it takes nothing for now. */
  readonly paused: boolean;
  /** Its time has come. */
  offer(pending: Pending): void;
}

/** An event on its way to one endpoint. */
export class Pending extends Expiring {
  readonly entry: LogEntry;
  readonly endpoint: Taker;
  /** How often it was tried. */
  attempt: number;

  constructor(entry: LogEntry, endpoint: Taker, attempt: number) {
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
    const { record, log } = this.entry;
    const fenced = this.endpoint.ordered && message.envelope.key !== undefined;
    return {
      message,
      attempt: ++this.attempt,
      native: record,
      get fencingToken() {
        return fenced ? log.fencingToken : undefined;
      },
      settle: (settlement) => {
        if (!open) return;
        open = false;
        settle(settlement);
      },
    };
  }
}
