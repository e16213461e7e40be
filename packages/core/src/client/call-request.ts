import type { Clock } from '../clock/clock.js';
import type { Deadlines } from '../clock/deadlines.js';
import type { Codec } from '../codec/codec.js';
import type { AmbientContext } from '../context/ambient.js';
import type { Body, Envelope } from '../envelope/envelope.js';
import type { PolicyList } from '../policies/list.js';
import type { Transport } from '../transport/transport.js';
import type { Enrolled, Roster } from '../under-way/roster.js';
import type { CallOptions } from './call-options.js';
import type { UploadSource } from './upload.js';

/** What a call needs to know of the client that makes it. */
export interface CallScope {
  readonly transport: Transport;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly acceptStack: boolean;
  readonly uploadBuffer: number;
  /** The calls that are open; the client ends them when it closes. */
  readonly open: Roster<OpenCall>;
}

/** A call that is open. */
export interface OpenCall extends Enrolled<OpenCall> {
  /** Ends it with `error`, telling the other side; harmless when it is over. */
  giveUp(error: unknown): void;
}

/** What is to be called, and how. */
export interface CallRequest {
  readonly service: string;
  readonly options: CallOptions;
  readonly policies: PolicyList;
  /** Where items come from in place of a body. */
  readonly source: UploadSource | undefined;
  /** Without the timeout, which is known when a try leaves. */
  readonly envelope: Envelope;
  readonly body: Body;
  /** The work during which the call is made. */
  readonly context: AmbientContext | undefined;
}

/** Makes a call of the kind that the caller wants. */
export type BeginCall<C> = (scope: CallScope, request: CallRequest) => C;
