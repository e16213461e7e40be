import type { Deadlines } from '../clock/deadlines.js';
import { ClientClosed, ConnectionLost } from '../errors/conditions.js';
import type { Body, Message } from '../envelope/envelope.js';
import type { Call, ReplySink, Target } from '../transport/transport.js';
import type { UploadItems } from '../transport/upload.js';
import type { Frame, FrameMedium, Posted, ReplyFrame } from './frame.js';
import { Watched } from './watched.js';

/** Milliseconds for which a cancelled call waits to hear who works on it. */
const LINGER = 60_000;

/** The same when the mailbox closes; more than a replica waits before it makes itself known. */
const LAST_LINGER = 1_000;

/** A call under way, as its caller's replica sees it. */
class MailboxCall extends Watched implements Call, UploadItems {
  readonly #side: CallerSide;
  readonly #id: string;
  /** Hears the answer; nobody does once the call was cancelled. */
  sink: ReplySink | undefined;
  #posted: Posted | undefined;
  /** Whether it may have left, once it is forgotten. */
  #sent = true;
  /** The replica that works on it, once known. */
  #replica: string | undefined;
  /** Frames that wait until the replica is known. */
  readonly #held: Frame[] = [];

  constructor(side: CallerSide, id: string, sink: ReplySink) {
    super(side.deadlines);
    this.#side = side;
    this.#id = id;
    this.sink = sink;
  }

  get sent(): boolean {
    return this.#posted?.taken ?? this.#sent;
  }

  post(posted: Posted): void {
    this.#posted = posted;
  }

  /**
   * Nothing more comes for it: it leads to nobody. The tables that the Map of calls has outgrown may keep it for a while,
   * see docs/adr/2026-11-21-no-maps-of-calls.md.
   */
  forgotten(): void {
    this.#sent = this.sent;
    this.sink = undefined;
    this.#posted = undefined;
    this.#held.length = 0;
  }

  takenBy(replica: string): void {
    if (this.#replica !== undefined) return;
    this.#replica = replica;
    for (const frame of this.#held.splice(0)) this.#side.medium.toReplica(replica, frame);
    // An upload whose source is silent has no deadline: only this tells when its taker is gone.
    if (this.sink?.upload && this.#side.medium.local !== true) this.watch();
  }

  get upload(): UploadItems {
    return this;
  }

  write(body: Body): void {
    this.#toTaker({ type: 'item', call: this.#id, body });
  }

  end(): void {
    this.#toTaker({ type: 'itemsEnd', call: this.#id, failure: undefined });
  }

  fail(failure: string): void {
    this.#toTaker({ type: 'itemsEnd', call: this.#id, failure });
  }

  credit(count: number): void {
    this.#toTaker({ type: 'credit', call: this.#id, count });
  }

  cancel(): void {
    if (this.sink) this.withdraw(LINGER); // a second time there is nothing to be told
  }

  /** @param linger milliseconds that it is kept to learn who took it */
  withdraw(linger: number): void {
    if (this.#posted && !this.#posted.taken) {
      this.#posted.withdraw();
      this.#side.forget(this.#id);
      return;
    }
    if (this.sink) this.#toTaker({ type: 'cancel', call: this.#id });
    this.sink = undefined;
    // A call whose taker is not known yet is kept until 'taken' or an answer tells where the cancel goes.
    if (this.#replica !== undefined) this.#side.forget(this.#id);
    else this.#side.deadlines.arm(this, linger);
  }

  protected due(): void {
    this.#side.forget(this.#id);
  }

  protected ask(): void {
    this.#toTaker({ type: 'probe', to: 'taker', call: this.#id, from: this.#side.replica });
  }

  protected dead(silence: number): void {
    const { sink } = this;
    this.#side.forget(this.#id);
    sink?.lost(new ConnectionLost(`who works on this upload has not answered for ${silence} ms`));
  }

  #toTaker(frame: Frame): void {
    if (this.#replica === undefined) this.#held.push(frame);
    else this.#side.medium.toReplica(this.#replica, frame);
  }
}

/** Sends requests over a mailbox and gives the answers to their sinks. */
export class CallerSide {
  readonly medium: FrameMedium;
  readonly deadlines: Deadlines;
  readonly replica: string;
  readonly #calls = new Map<string, MailboxCall>();
  #count = 0;
  #empty: (() => void) | undefined;

  constructor(medium: FrameMedium, replica: string, deadlines: Deadlines) {
    this.medium = medium;
    this.replica = replica;
    this.deadlines = deadlines;
  }

  get size(): number {
    return this.#calls.size;
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const id = `${this.replica}/${(this.#count++).toString(36)}`;
    const call = new MailboxCall(this, id, sink);
    this.#calls.set(id, call);
    const frame = {
      type: 'request',
      call: id,
      from: this.replica,
      credit,
      upload: sink.upload !== undefined,
      message,
    } as const;
    if (target.replica === undefined) call.post(this.medium.toService(target.service, frame));
    else {
      call.takenBy(target.replica);
      this.medium.toReplica(target.replica, frame);
    }
    return call;
  }

  receive(frame: Frame): void {
    const call = this.#calls.get(frame.call);
    if (frame.type === 'probe') {
      const { call: id } = frame;
      const answer = call?.sink ? ({ type: 'present', to: 'taker' } as const) : ({ type: 'cancel' } as const);
      this.medium.toReplica(frame.from, { ...answer, call: id });
    }
    if (!call) return;
    call.heard();
    switch (frame.type) {
      case 'taken':
        call.takenBy(frame.from);
        if (!call.sink) this.forget(frame.call);
        return;
      case 'itemCredit':
      case 'itemsStop':
        call.takenBy(frame.from);
        if (!call.sink) this.forget(frame.call);
        else if (frame.type === 'itemsStop') call.sink.upload?.stop();
        else call.sink.upload?.credit(frame.count, frame.bytes);
        return;
      case 'reply':
        call.takenBy(frame.from);
        this.#reply(call, frame);
        return;
      case 'failure': {
        const { sink } = call;
        this.forget(frame.call);
        sink?.fail(frame.failure);
        return;
      }
      default:
    }
  }

  #reply(call: MailboxCall, { call: id, body, last }: ReplyFrame): void {
    const { sink } = call;
    if (last || !sink) this.forget(id);
    sink?.reply(body, last);
  }

  forget(id: string): void {
    const call = this.#calls.get(id);
    if (!call) return;
    this.#calls.delete(id);
    call.forgotten();
    this.deadlines.disarm(call);
    if (this.#calls.size === 0) this.#empty?.();
  }

  /** Ends the calls whose request may have left, because their answers may be lost; the others go on waiting. */
  interrupted(error: ConnectionLost): void {
    for (const [id, call] of [...this.#calls]) {
      if (!call.sent) continue;
      const { sink } = call;
      call.withdraw(0);
      this.forget(id);
      sink?.lost(error);
    }
  }

  /**
   * Ends all calls with ClientClosed. Resolves when those who work on them have been told, or have not made themselves
   * known in time.
   */
  async close(): Promise<void> {
    for (const call of [...this.#calls.values()]) {
      const { sink } = call;
      call.withdraw(LAST_LINGER);
      sink?.lost(new ClientClosed('the transport was closed while the call was under way'));
    }
    if (this.#calls.size > 0) await new Promise<void>((resolve) => (this.#empty = resolve));
  }
}
