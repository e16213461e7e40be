import { Expiring, type Deadlines } from '../clock/deadlines.js';
import type { Body } from '../envelope/envelope.js';
import { ConnectionLost } from '../errors/conditions.js';
import { encodeFailure } from '../errors/wire.js';
import type { RequestHandler, Responder, ServerCall } from '../transport/transport.js';
import type { UploadDemand } from '../transport/upload.js';
import type { Frame, FrameMedium, RequestFrame } from './frame.js';

/** Milliseconds without an answer after which the caller is told who works on its request. */
const TAKEN_AFTER = 50;

/** A request under way, as the replica that took it sees it. */
class TakenRequest extends Expiring implements Responder {
  readonly #side: ServerSide;
  readonly #frame: RequestFrame;
  run: ServerCall | undefined;
  /** What is said of its upload makes the replica known, too. */
  readonly upload: UploadDemand | undefined;

  constructor(side: ServerSide, frame: RequestFrame) {
    super();
    this.#side = side;
    this.#frame = frame;
    const { call, from } = frame;
    const { medium, replica } = side;
    const say = (said: Frame): void => {
      side.deadlines.disarm(this);
      if (side.has(this, call)) medium.toReplica(from, said);
    };
    if (!frame.upload) return;
    this.upload = {
      credit: (count, bytes) => say({ type: 'itemCredit', call, from: replica, count, bytes }),
      stop: () => say({ type: 'itemsStop', call, from: replica }),
    };
  }

  reply(body: Body, last: boolean): void {
    const { call, from } = this.#frame;
    const replica = this.#side.replica;
    if (last) this.#side.forget(call);
    else this.#side.deadlines.disarm(this);
    this.#side.medium.toReplica(from, { type: 'reply', call, from: replica, body, last });
  }

  fail(failure: string): void {
    const { call, from } = this.#frame;
    this.#side.forget(call);
    this.#side.medium.toReplica(from, { type: 'failure', call, failure });
  }

  expire(): void {
    const { call, from } = this.#frame;
    this.#side.medium.toReplica(from, { type: 'taken', call, from: this.#side.replica });
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
    const run = this.#requests.get(frame.call)?.run;
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
    this.deadlines.disarm(request);
  }

  /** Stops the work that is left and tells its callers that it may have been done. */
  close(): void {
    const requests = [...this.#requests.values()];
    for (const request of requests) {
      request.fail(
        encodeFailure(new ConnectionLost(`replica ${this.replica} left before it answered`), false),
      );
      request.run?.cancel();
    }
  }

  #take(frame: RequestFrame): void {
    if (!this.#handler) return;
    const request = new TakenRequest(this, frame);
    this.#requests.set(frame.call, request);
    this.deadlines.arm(request, TAKEN_AFTER);
    request.run = this.#handler(frame.message, frame.credit, request);
  }
}
