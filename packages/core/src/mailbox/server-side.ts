import type { Deadlines } from '../clock/deadlines.js';
import type { Body } from '../envelope/envelope.js';
import { ConnectionLost } from '../errors/conditions.js';
import { encodeFailure } from '../errors/wire.js';
import type { RequestHandler, Responder, ServerCall } from '../transport/transport.js';
import type { UploadDemand } from '../transport/upload.js';
import type { Frame, FrameMedium, RequestFrame } from './frame.js';
import { Watched } from './watched.js';

/** Milliseconds without an answer after which the caller is told who works on its request. */
const TAKEN_AFTER = 50;

/** A request under way, as the replica that took it sees it. */
class TakenRequest extends Watched implements Responder {
  readonly #side: ServerSide;
  readonly #call: string;
  /** Who waits for the answer. */
  readonly #from: string;
  run: ServerCall | undefined;
  /** A part of the answer has been sent. */
  #begun = false;
  /** What is said of its upload makes the replica known, too. */
  readonly upload: UploadDemand | undefined;
  readonly native: unknown;

  constructor(side: ServerSide, frame: RequestFrame) {
    super(side.deadlines);
    this.#side = side;
    const { call, from } = frame;
    this.#call = call;
    this.#from = from;
    this.native = frame.native;
    const { medium, replica } = side;
    const say = (said: Frame): void => {
      if (!side.has(this, call)) return;
      this.#known();
      medium.toReplica(from, said);
    };
    if (!frame.upload) return;
    this.upload = {
      credit: (count, bytes) => say({ type: 'itemCredit', call, from: replica, count, bytes }),
      stop: () => say({ type: 'itemsStop', call, from: replica }),
    };
  }

  get local(): boolean {
    return this.#side.medium.local === true;
  }

  reply(body: Body, last: boolean): void {
    const { replica } = this.#side;
    if (last) this.#side.forget(this.#call);
    else this.#known();
    this.#begun = true;
    this.#side.medium.toReplica(this.#from, { type: 'reply', call: this.#call, from: replica, body, last });
  }

  fail(failure: string): void {
    this.#side.forget(this.#call);
    this.#side.medium.toReplica(this.#from, { type: 'failure', call: this.#call, failure });
  }

  /** Whether it is made of several frames, of which one may be missing now. */
  get torn(): boolean {
    return this.#begun || this.upload !== undefined;
  }

  protected due(): void {
    const { replica, medium } = this.#side;
    medium.toReplica(this.#from, { type: 'taken', call: this.#call, from: replica });
    if (this.upload) this.#known();
  }

  protected ask(): void {
    const { replica, medium } = this.#side;
    medium.toReplica(this.#from, { type: 'probe', to: 'caller', call: this.#call, from: replica });
  }

  protected dead(silence: number): void {
    const { run } = this;
    this.#side.forget(this.#call);
    run?.cancel(new ConnectionLost(`the caller of this stream has not answered for ${silence} ms`));
  }

  /** The caller knows who works on this: that need not be said, and from now on it is watched. */
  #known(): void {
    if (this.#side.medium.local === true) this.deadlines.disarm(this);
    else this.watch();
  }
}

/** Takes requests from a mailbox, has them handled, and sends the answers back. */
export class ServerSide {
  readonly medium: FrameMedium;
  readonly replica: string;
  readonly deadlines: Deadlines;
  readonly #requests = new Map<string, TakenRequest>();
  #handler: RequestHandler | undefined;

  constructor(medium: FrameMedium, replica: string, deadlines: Deadlines) {
    this.medium = medium;
    this.replica = replica;
    this.deadlines = deadlines;
  }

  serve(handler: RequestHandler): void {
    this.#handler = handler;
  }

  receive(frame: Frame): void {
    if (frame.type === 'request') {
      this.#take(frame);
      return;
    }
    const request = this.#requests.get(frame.call);
    if (frame.type === 'probe') this.#answer(request, frame.call, frame.from);
    const run = request?.run;
    request?.heard();
    switch (frame.type) {
      case 'credit':
        run?.credit(frame.count);
        break;
      case 'cancel':
        this.forget(frame.call);
        run?.cancel();
        break;
      case 'item':
        run?.upload?.write(frame.body);
        break;
      case 'itemsEnd':
        if (frame.failure === undefined) run?.upload?.end();
        else run?.upload?.fail(frame.failure);
        break;
      default:
    }
  }

  /** Whether the request has no end yet. */
  has(request: TakenRequest, call: string): boolean {
    return this.#requests.get(call) === request;
  }

  forget(call: string): void {
    const request = this.#requests.get(call);
    if (!request) return;
    this.#requests.delete(call);
    request.run = undefined; // it leads to nobody, see docs/adr/2026-11-21-no-maps-of-calls.md
    this.deadlines.disarm(request);
  }

  /** Stops the streams that have begun, because values, items or credit may be lost; other work goes on. */
  interrupted(error: ConnectionLost): void {
    for (const request of [...this.#requests.values()]) {
      if (!request.torn) continue;
      const { run } = request;
      request.fail(encodeFailure(error, false));
      run?.cancel(error);
    }
  }

  /** Stops the work that is left and tells its callers that it may have been done. */
  close(): void {
    const requests = [...this.#requests.values()];
    for (const request of requests) {
      const { run } = request;
      request.fail(
        encodeFailure(new ConnectionLost(`replica ${this.replica} left before it answered`), false),
      );
      run?.cancel();
    }
  }

  /** The caller of an upload asks whether anybody works on it still. */
  #answer(request: TakenRequest | undefined, call: string, caller: string): void {
    if (request) this.medium.toReplica(caller, { type: 'present', to: 'caller', call });
    else {
      const error = new ConnectionLost(`replica ${this.replica} does not work on it any more`);
      this.medium.toReplica(caller, { type: 'failure', call, failure: encodeFailure(error, false) });
    }
  }

  #take(frame: RequestFrame): void {
    if (!this.#handler) return;
    const request = new TakenRequest(this, frame);
    this.#requests.set(frame.call, request);
    this.deadlines.arm(request, TAKEN_AFTER);
    const run = this.#handler(frame.message, frame.credit, request);
    if (this.has(request, frame.call)) request.run = run;
  }
}
