import type { Body, Message } from '../envelope/envelope.js';

/**
 * What a brokered transport moves for requests. A request goes to a service, and one replica of it takes it; all else
 * goes to one replica.
 */
export type Frame =
  | RequestFrame
  /** "I took your request": tells the caller where cancel and credit go, when the answer takes a while. */
  | { readonly type: 'taken'; readonly call: string; readonly from: string }
  | ReplyFrame
  | { readonly type: 'failure'; readonly call: string; readonly failure: string }
  | { readonly type: 'credit'; readonly call: string; readonly count: number }
  | { readonly type: 'cancel'; readonly call: string }
  /** "Are you still there?", to the other side of a stream or an upload of which nothing has been heard for a while. */
  | { readonly type: 'probe'; readonly to: Side; readonly call: string; readonly from: string }
  /** "I am." Who is not, says 'cancel' or 'failure'. */
  | { readonly type: 'present'; readonly to: Side; readonly call: string }
  /** An item of an upload. Like all that is about one, it keeps its place among the frames of its call. */
  | { readonly type: 'item'; readonly call: string; readonly body: Body }
  /** The upload is over; with a failure, because its source failed. */
  | { readonly type: 'itemsEnd'; readonly call: string; readonly failure: string | undefined }
  /** Lets more items come, see {@link UploadDemand.credit}. */
  | {
      readonly type: 'itemCredit';
      readonly call: string;
      readonly from: string;
      readonly count: number;
      readonly bytes: number;
    }
  /** No more items are wanted. */
  | { readonly type: 'itemsStop'; readonly call: string; readonly from: string };

/** Who of a call is meant: who made it, or who works on it. */
export type Side = 'caller' | 'taker';

/** See {@link Frame}. */
export interface RequestFrame {
  readonly type: 'request';
  /** Unique over all replicas. */
  readonly call: string;
  /** The replica that waits for the answer. */
  readonly from: string;
  readonly credit: number;
  /** Items follow. */
  readonly upload: boolean;
  readonly message: Message;
  /** What the medium has of it where it was taken, for people who need it; it does not travel. */
  readonly native?: unknown;
}

/** See {@link Frame}. */
export interface ReplyFrame {
  readonly type: 'reply';
  readonly call: string;
  /** The replica that answers. */
  readonly from: string;
  readonly body: Body;
  readonly last: boolean;
}

/** What a broker must be able to do for requests; everything else is built on it, once, by {@link Mailbox}. */
export interface FrameMedium {
  /** Whether all frames are from this process. */
  readonly local?: boolean | undefined;
  /** Hands a request to the service; one replica takes it. */
  toService(service: string, frame: RequestFrame): Posted;
  /** Hands a frame to one replica; it is dropped if that replica is gone. */
  toReplica(replica: string, frame: Frame): void;
}

/** A request that was handed to the medium. */
export interface Posted {
  /** Whether a replica may have it by now. A medium that cannot tell says `true`. */
  readonly taken: boolean;
  /** Takes it back if no replica has it yet. */
  withdraw(): void;
}
