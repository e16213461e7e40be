import { ClientClosed } from '../errors/conditions.js';
import type { Message } from '../envelope/envelope.js';
import type { Call, ReplySink, Target } from '../transport/transport.js';
import type { Frame, FrameMedium, Posted } from './frame.js';

/** A call under way, as its caller's replica sees it. */
class MailboxCall implements Call {
  readonly #medium: FrameMedium;
  readonly #id: string;
  readonly #forget: (id: string) => void;
  readonly sink: ReplySink;
  #posted: Posted | undefined;
  /** The replica that works on it, once known. */
  #replica: string | undefined;
  /** Frames that wait until the replica is known. */
  #held: Frame[] = [];

  constructor(medium: FrameMedium, id: string, sink: ReplySink, forget: (id: string) => void) {
    this.#medium = medium;
    this.#id = id;
    this.sink = sink;
    this.#forget = forget;
  }

  get sent(): boolean {
    return this.#posted?.taken ?? true;
  }

  post(posted: Posted): void {
    this.#posted = posted;
  }

  takenBy(replica: string): void {
    if (this.#replica !== undefined) return;
    this.#replica = replica;
    for (const frame of this.#held.splice(0)) this.#medium.toReplica(replica, frame);
  }

  credit(count: number): void {
    this.#toTaker({ type: 'credit', call: this.#id, count });
  }

  cancel(): void {
    if (this.#posted && !this.#posted.taken) {
      this.#posted.withdraw();
      this.#forget(this.#id);
      return;
    }
    this.#toTaker({ type: 'cancel', call: this.#id });
    // A call whose taker is not known yet is kept, silenced, until 'taken' or an answer tells where the cancel goes.
    if (this.#replica !== undefined) this.#forget(this.#id);
  }

  #toTaker(frame: Frame): void {
    if (this.#replica === undefined) this.#held.push(frame);
    else this.#medium.toReplica(this.#replica, frame);
  }
}

/** Sends requests over a mailbox and gives the answers to their sinks. */
export class CallerSide {
  readonly #medium: FrameMedium;
  readonly #replica: string;
  readonly #calls = new Map<string, MailboxCall>();
  #count = 0;

  constructor(medium: FrameMedium, replica: string) {
    this.#medium = medium;
    this.#replica = replica;
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const id = `${this.#replica}/${(this.#count++).toString(36)}`;
    const call = new MailboxCall(this.#medium, id, sink, (gone) => this.#calls.delete(gone));
    this.#calls.set(id, call);
    const frame = { type: 'request', call: id, from: this.#replica, credit, message } as const;
    if (target.replica === undefined) call.post(this.#medium.toService(target.service, frame));
    else {
      call.takenBy(target.replica);
      this.#medium.toReplica(target.replica, frame);
    }
    return call;
  }

  receive(frame: Frame): void {
    const call = this.#calls.get(frame.call);
    if (!call) return;
    switch (frame.type) {
      case 'taken':
        call.takenBy(frame.from);
        return;
      case 'reply':
        call.takenBy(frame.from);
        if (frame.last) this.#calls.delete(frame.call);
        call.sink.reply(frame.body, frame.last);
        return;
      case 'failure':
        this.#calls.delete(frame.call);
        call.sink.fail(frame.failure);
        return;
      default:
    }
  }

  close(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { sink } of calls) sink.lost(new ClientClosed('the transport was closed while the call was under way'));
  }
}
