import type { MessageContext } from '../context/message-context.js';
import type { Body } from '../envelope/envelope.js';
import type { Responder } from '../transport/transport.js';

/** Who has a run while it waits, or shares its answer. */
export interface RunHolder {
  /** The caller has gone. Whether the run ends with that; not if others wait for its answer. */
  left(run: AdmittedRun): boolean;
  /** The server stops and answers in place of the handler, which may still be at work. */
  interrupted(run: AdmittedRun): void;
}

/**
 * A request on its way to its handler, as the steps see it. What a step notes of a run stands here, so that it costs no
 * allocation.
 */
export abstract class AdmittedRun {
  abstract readonly context: MessageContext;
  abstract readonly body: Body;
  /** The items that it sends in place of a body, if it does. */
  abstract readonly upload: object | undefined;
  /** Where the answer goes. A step may put another in its place before the handler is started. */
  abstract responder: Responder;

  /** Ends it with an encoded failure as its answer; its handler is not started. */
  abstract refuse(failure: string): void;
  /** Ends it with an encoded answer; its handler is not started. */
  abstract answer(body: Body): void;
  /** Goes on to the step after the one that holds it. */
  abstract resume(): void;
  /** Gives back its place among the requests that are handled, though it has not ended. Harmless when it has none. */
  abstract giveWay(): void;
  /** Aborts the signal of its handler and the calls made below it; the run goes on. */
  abstract abort(why: string): void;
  /** Ends it without an answer, as when its caller has gone. */
  abstract cancel(): void;
  /** It counts as under way until {@link AdmittedRun.letGo}, even if it has ended before. */
  abstract keep(): void;
  abstract letGo(): void;

  /** @internal How many steps have let it go on. */
  passed = 0;
  /** @internal */
  holder: RunHolder | undefined = undefined;
  /** @internal Whether it waits in the queue for its turn. */
  queued = false;
  /** @internal Whether it has a place among the requests that are handled. */
  placed = false;
  /** @internal Whether it counts against its caller's limit. */
  counted = false;
  /** @internal */ previous: AdmittedRun | undefined = undefined;
  /** @internal */ following: AdmittedRun | undefined = undefined;
  /** @internal How many milliseconds it may wait. */
  patience = 0;
}

/**
 * Who calls, for limits and idempotency keys: the service that was proven to call, else the one that the message names,
 * which anybody may write, else `anonymous`.
 */
export function callerOf({ context: { peer, envelope } }: AdmittedRun): string {
  return peer?.service ?? envelope.source ?? 'anonymous';
}
