import type { BrokerKind } from '@rookery/brokers';
import type { Sample } from '../sample.js';

type Nothing = Record<string, never>;

/** Where and as what all of a soak meet. */
export interface Meeting {
  readonly kind: BrokerKind;
  readonly url: string;
  /** Of the service, and of all that is made at the broker as far as the medium lets it be named. */
  readonly name: string;
}

/** Of a consumer. */
export interface BrokerServerCommands {
  /** Serves, and writes the number of each event that it handles to the file, before it is settled. */
  start: { ask: Meeting & { file: string }; answer: null };
  sample: { ask: Nothing; answer: Sample };
  /** Ends as an application does that is told to. */
  close: { ask: Nothing; answer: null };
}

/** Of the producer. */
export interface BrokerClientCommands {
  connect: { ask: Meeting; answer: null };
  /** Publishes the numbers from one to another, evenly over the seconds, each until it is accepted. */
  publish: { ask: { from: number; to: number; seconds: number }; answer: Published };
  sample: { ask: Nothing; answer: Sample };
}

export interface Published {
  /** How often one was refused, and published again. */
  readonly refused: number;
  readonly seconds: number;
}
