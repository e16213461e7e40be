import type { Deadlines } from '../clock/deadlines.js';
import type { Message } from '../envelope/envelope.js';
import type { ConnectionLost } from '../errors/conditions.js';
import type { Call, ReplySink, RequestHandler, Target } from '../transport/transport.js';
import { CallerSide } from './caller-side.js';
import type { Frame, FrameMedium } from './frame.js';
import { ServerSide } from './server-side.js';

/**
 * Request, reply, stream, upload, cancel and credit, built on a medium that can only hand frames to a service or to a replica.
 * Every brokered transport has one; what arrives at this replica's address goes to {@link Mailbox.receive}.
 */
export class Mailbox {
  readonly #caller: CallerSide;
  readonly #server: ServerSide;

  constructor(medium: FrameMedium, replica: string, deadlines: Deadlines) {
    this.#caller = new CallerSide(medium, replica, deadlines);
    this.#server = new ServerSide(medium, replica, deadlines);
  }

  /** How many own calls have no end yet. */
  get callsUnderWay(): number {
    return this.#caller.size;
  }

  request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    return this.#caller.request(target, message, credit, sink);
  }

  serve(handler: RequestHandler): void {
    this.#server.serve(handler);
  }

  /** Takes a frame; what belongs to a call that has ended is ignored. Never throws. */
  receive(frame: Frame): void {
    switch (frame.type) {
      case 'taken':
      case 'reply':
      case 'failure':
      case 'itemCredit':
      case 'itemsStop':
        this.#caller.receive(frame);
        break;
      case 'probe':
      case 'present':
        if (frame.to === 'caller') this.#caller.receive(frame);
        else this.#server.receive(frame);
        break;
      default:
        this.#server.receive(frame);
    }
  }

  /** Answers may have been lost on their way: own calls under way end with `error`; those that have not left go on waiting. */
  callsInterrupted(error: ConnectionLost): void {
    this.#caller.interrupted(error);
  }

  /**
   * Frames may have been lost on their way to or from this replica's work: streams and uploads that have begun are stopped, so
   * that none goes on with a gap in it; work that answers once goes on.
   */
  workInterrupted(error: ConnectionLost): void {
    this.#server.interrupted(error);
  }

  /**
   * Ends this replica's own calls with ClientClosed, and those it works on with ConnectionLost. Resolves when whoever can
   * be told has been; until then the medium has to hand over what arrives.
   */
  close(): Promise<void> {
    this.#server.close();
    return this.#caller.close();
  }
}
