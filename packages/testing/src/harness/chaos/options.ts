/** What may go wrong, as far as the promises allow it. Everything may, unless it is switched off. */
export interface ChaosOptions {
  /** Requests, answers and events take up to this many milliseconds of virtual time. Default 5,000; `false` for none. */
  readonly delays?: number | false;
  /** What is under way at one time arrives in any order; the values of one stream keep theirs. Default `true`. */
  readonly reorder?: boolean;
  /** Events come again although they were accepted: each message to each handler up to twice. Default `true`. */
  readonly repeat?: boolean;
  /** Processes are lost. Default: up to two in one run. `false` for none. */
  readonly crash?: false | CrashOptions;
}

/** See {@link ChaosOptions.crash}. */
export interface CrashOptions {
  /** How many processes may be lost in one run. Default 2. */
  readonly most?: number;
  /** Only these services. Default: all. */
  readonly services?: readonly string[];
}

/** Where a decision is made: before or at what the medium, or a database, sees of a process. */
export type Place =
  /** A request is sent. */
  | 'request'
  /** An answer, or a value of one, is sent. */
  | 'reply'
  /** An item of an upload is sent or taken. */
  | 'upload'
  /** An event is handed over. */
  | 'publish'
  /** A request or an event is about to be given to its handler. */
  | 'handle'
  /** The handler is done, and the medium is told what becomes of the event. */
  | 'settle'
  /** A fault point of the user's code, or of Rookery's durable parts. */
  | 'point';

/** One thing that was made to go wrong. */
export interface Decision {
  /** Its number among all decisions of the run, those that let all go well included. */
  readonly number: number;
  /** Virtual milliseconds. */
  readonly at: number;
  readonly service: string;
  readonly place: Place;
  /** Which message or point. */
  readonly what: string;
  /** What was done. */
  readonly did: string;
}
