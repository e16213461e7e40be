import { AdmittedRun } from '../admission/admitted-run.js';
import { MessageContext } from '../context/message-context.js';
import type { Surroundings } from '../context/surroundings.js';
import type { Body, Message } from '../envelope/envelope.js';
import { Cancelled, type ConnectionLost, DeadlineExceeded, PayloadTooLarge } from '../errors/conditions.js';
import { decodeFailure, encodeFailure } from '../errors/wire.js';
import type { Failure } from '../telemetry/failure.js';
import { ServedRequest } from '../telemetry/served-request.js';
import type { Instruments } from '../telemetry/telemetry.js';
import type { Responder, ServerCall } from '../transport/transport.js';
import { BufferedSource } from '../streams/buffered-source.js';
import { isAsyncIterable, isObservableLike, type ObservableLike } from '../streams/kinds.js';
import { PulledSource } from '../streams/pulled-source.js';
import { leave, type StreamOutlet, type StreamSource } from '../streams/source.js';
import type { Enrolled } from '../under-way/roster.js';
import { isPromiseLike, type Handler } from './handler.js';
import { DEFAULT_STREAM_BUFFER, DEFAULT_STREAM_IDLE_TIMEOUT, type ServerOptions } from './options.js';
import { StallWatch, type StallOwner } from './stall-watch.js';
import { UploadIntake, type IntakeOwner } from './upload-intake.js';

/** What a run needs of the server, and tells it. */
export interface RunOwner {
  /** What the handlers run in. */
  readonly surroundings: Surroundings;
  /** It goes on, after a step has held it. */
  resumed(run: RequestRun): void;
  /** It needs no place among the requests that are handled any more. */
  released(run: RequestRun): void;
  /** Called once, when the run has ended in whatever way and its handler has returned. */
  ended(run: RequestRun): void;
}

/** One request being handled: ends once, by its last value, a failure or a cancel. */
export class RequestRun
  extends AdmittedRun
  implements ServerCall, StreamOutlet, IntakeOwner, StallOwner, Enrolled<RequestRun>
{
  earlier: RequestRun | undefined = undefined;
  later: RequestRun | undefined = undefined;
  readonly context: MessageContext;
  readonly body: Body;
  responder: Responder;
  readonly #options: ServerOptions;
  readonly #handler: Handler;
  readonly #owner: RunOwner;
  readonly #observed: ServedRequest | undefined;
  /** The items of the request, in place of its data. */
  readonly upload: UploadIntake | undefined;
  #credit: number;
  #source: StreamSource | undefined;
  #watch: StallWatch | undefined;
  #begun = false;
  #ended = false;
  /** What a drain has to wait for, though the run may have ended: the handler that has not returned, and who keeps it. */
  #holds = 0;

  /** @param method the pattern of the handler */
  constructor(
    options: ServerOptions,
    handler: Handler,
    message: Message,
    credit: number,
    responder: Responder,
    owner: RunOwner,
    method: string,
    instruments: Instruments | undefined,
  ) {
    super();
    this.#options = options;
    this.#handler = handler;
    this.responder = responder;
    this.body = message.body;
    this.#credit = credit;
    this.#owner = owner;
    const { service, clock } = options;
    const { native, peer } = responder;
    const { envelope } = message;
    this.context = new MessageContext(envelope, service, envelope.attempt ?? 1, clock, native, peer);
    this.#observed = instruments && new ServedRequest(instruments, this.context, method, clock);
    this.upload = responder.upload && new UploadIntake(responder.upload, options.codec, this);
  }

  get waits(): boolean {
    return !this.#begun || this.stalled;
  }

  /** Whether a stream waits for the caller: for credit, or for an item. */
  get stalled(): boolean {
    return !this.#ended && (this.#credit <= 0 || this.upload?.waits === true);
  }

  /** Runs the handler. */
  start(): void {
    this.#begun = true;
    try {
      const data = this.upload ?? this.#options.codec.decode(this.body);
      const { context } = this;
      const handler = this.#handler;
      this.#take(this.#within(() => promised(handler(data, context))));
    } catch (error) {
      this.fail(error);
    }
  }

  refuse(failure: string): void {
    if (this.#ended) return;
    this.#end(this.#observed && { error: decodeFailure(failure, false) });
    this.responder.fail(failure);
  }

  answer(body: Body): void {
    if (this.#ended) return;
    this.#end();
    this.responder.reply(body, true);
  }

  resume(): void {
    this.passed++;
    this.#owner.resumed(this);
  }

  giveWay(): void {
    if (this.placed) this.#owner.released(this);
  }

  keep(): void {
    this.#holds++;
  }

  letGo(): void {
    if (--this.#holds === 0 && this.#ended) this.#owner.ended(this);
  }

  abort(why: string): void {
    this.#within(() => this.context.cancel(why));
  }

  credit(count: number): void {
    this.#credit += count;
    this.#watch?.touch();
    const source = this.#source;
    if (source) this.#within(() => source.credit(count));
  }

  cancel(cause?: ConnectionLost): void {
    if (this.#ended || this.holder?.left(this) === false) return;
    const why = cause?.message ?? 'the caller gave up, or its connection is gone';
    const error = cause ?? new Cancelled(why);
    this.#end({ error }, error);
    this.#stopWork(why);
  }

  /** Ends the run with `error` as its answer, and cancels the work. */
  interrupt(error: Error): void {
    if (this.#ended) return;
    this.holder?.interrupted(this);
    this.#end({ error }, new Cancelled(error.message));
    this.responder.fail(encodeFailure(error, this.#options.exposeStack ?? false));
    this.#stopWork(error.message);
  }

  uploadBegins(): void {
    this.context.uploading(true);
  }

  uploadEnded(): void {
    this.context.uploading(false);
  }

  uploadMoved(): void {
    this.#watchStall();
  }

  stalledTooLong(): void {
    const { service } = this.#options;
    const { pattern } = this.context.envelope;
    const limit = `for ${this.#idleTimeout} ms (the streamIdleTimeout of '${service}')`;
    if (this.upload?.waits)
      this.upload.refuse(new DeadlineExceeded(`no item of the upload to ${pattern} came ${limit}`));
    else this.interrupt(new DeadlineExceeded(`the reader of ${pattern} took no value ${limit}`));
  }

  value(value: unknown, last: boolean): void {
    if (this.#ended) return;
    let body;
    try {
      body = this.#options.codec.encode(value);
    } catch (error) {
      this.#source?.stop();
      this.fail(error);
      return;
    }
    const { maxBody } = this.#options.transport.capabilities;
    if (body !== undefined && body.length * 3 > maxBody && Buffer.byteLength(body) > maxBody) {
      this.#source?.stop();
      this.fail(tooLarge(this.context.envelope.pattern, Buffer.byteLength(body), maxBody));
      return;
    }
    if (last) this.#end();
    else this.#goOn();
    this.responder.reply(body, last);
    if (!last && --this.#credit <= 0) this.#watchStall();
  }

  end(): void {
    if (this.#ended) return;
    this.#end();
    this.responder.reply(undefined, true);
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#end({ error });
    this.responder.fail(encodeFailure(error, this.#options.exposeStack ?? false));
  }

  #within<R>(work: () => R): R {
    return this.#owner.surroundings.run(this.context, work);
  }

  #take(result: unknown): void {
    if (isPromiseLike(result)) {
      this.keep();
      result.then(
        (value) => {
          this.#answer(value);
          this.letGo();
        },
        (error: unknown) => {
          this.fail(error);
          this.letGo();
        },
      );
    } else this.#answer(result);
  }

  #answer(result: unknown): void {
    try {
      if (this.#ended) {
        if (isAsyncIterable(result)) leave(result[Symbol.asyncIterator]());
      } else if (isObservableLike(result)) this.#follow(result);
      else if (isAsyncIterable(result)) this.#pull(result);
      else this.value(result, true);
    } catch (error) {
      this.fail(error);
    }
  }

  // Whatever drives a source runs below the context, because the handler's own code goes on in it.

  #follow(result: ObservableLike): void {
    const limit = this.#options.streamBuffer ?? DEFAULT_STREAM_BUFFER;
    this.#within(() => this.#run(new BufferedSource(result, this.#credit, limit, this)));
  }

  #pull(result: AsyncIterable<unknown>): void {
    this.#within(() => this.#run(new PulledSource(result, this.#credit, this)));
  }

  #run(source: StreamSource): void {
    if (!this.#ended) this.#source = source;
  }

  #stopWork(why: string): void {
    this.#within(() => {
      this.#source?.stop();
      this.context.cancel(why);
    });
  }

  get #idleTimeout(): number {
    return this.#options.streamIdleTimeout ?? DEFAULT_STREAM_IDLE_TIMEOUT;
  }

  #watchStall(): void {
    this.#watch ??= new StallWatch(this.#options.clock, this.#idleTimeout, this);
    this.#watch.touch();
  }

  /** A value has left and more may follow: what bounds a request in time and places is done. */
  #goOn(): void {
    this.context.answered();
    this.giveWay();
  }

  /** @param why what reading the upload says from now on */
  #end(failure?: Failure, why?: Error): void {
    this.#ended = true;
    this.#observed?.end(failure);
    this.context.answered();
    this.#watch?.stop();
    this.upload?.break(why ?? new Cancelled('the request was answered: nothing more of its upload comes'));
    if (this.#holds === 0) this.#owner.ended(this);
  }
}

/** What begins its work only when it is awaited, a query of Prisma for one, begins it here. */
function promised(result: unknown): unknown {
  return isPromiseLike(result) ? Promise.resolve(result) : result;
}

function tooLarge(pattern: string, size: number, maxBody: number): PayloadTooLarge {
  return new PayloadTooLarge(`the reply to ${pattern} has ${size} bytes; at most ${maxBody} can be sent`);
}
