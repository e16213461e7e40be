/** What is known of the message that a record is about. */
interface About {
  /** Virtual milliseconds since the harness was started. */
  readonly at: number;
  /** In its normal form. */
  readonly pattern: string;
  /** The decoded body. */
  readonly data: unknown;
  /** Of the message; a redelivery keeps it. */
  readonly id: string;
  readonly correlationId: string;
}

/** A request or an event that a service, or the test itself, has handed over. */
export interface Sent extends About {
  readonly type: 'sent';
  readonly kind: 'request' | 'event';
  /** Who sent it; `test` for the test itself. */
  readonly service: string;
  /** The one service that it goes to; `undefined` for an event that goes to all who subscribe. */
  readonly to: string | undefined;
  /** The id of the message whose handling sent it. */
  readonly causationId: string | undefined;
  readonly key: string | undefined;
  /** Events: milliseconds that the sender has it held back. */
  readonly delay: number;
}

/** How the handling of a message ended. `lost`: the process was, before it could say. */
export type HandledOutcome =
  'accepted' | 'retried' | 'dead-lettered' | 'answered' | 'failed' | 'cancelled' | 'lost';

/** One handling of one message by one handler. */
export interface Handled extends About {
  readonly type: 'handled';
  readonly kind: 'request' | 'event';
  /** Who handled it. */
  readonly service: string;
  /** Events: the handler's name, as `UsersController.created`. */
  readonly endpoint: string | undefined;
  /** 1 for the first. */
  readonly attempt: number;
  /** Events: `accepted`, `retried`, `dead-lettered`; requests: `answered`, `failed`, `cancelled`; both: `lost`. */
  readonly outcome: HandledOutcome;
  /** Why it failed, as name and message. */
  readonly error: string | undefined;
}

/** The end of a request, as its caller saw it. */
export interface Replied extends Omit<About, 'data'> {
  readonly type: 'replied';
  /** Who had asked. */
  readonly service: string;
  /** Who was asked. */
  readonly to: string;
  /** `lost`: the transport gave up, or the deadline did. */
  readonly outcome: 'answered' | 'failed' | 'lost';
  /** The first value of the answer. */
  readonly answer: unknown;
  /** How many values the answer had; more than one for a stream. */
  readonly values: number;
  readonly error: string | undefined;
}

/** A process that was lost, and one that took its place. */
export interface Crashed {
  readonly type: 'crashed' | 'restarted';
  readonly at: number;
  readonly service: string;
}

export type Entry = Sent | Handled | Replied | Crashed;
