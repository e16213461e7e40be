import type { Codec } from '../codec/codec.js';
import { runInContext } from '../context/ambient.js';
import type { AmbientContext } from '../context/ambient.js';
import type { Body } from '../envelope/envelope.js';
import { ConfigurationError, PayloadTooLarge, UploadFailed } from '../errors/conditions.js';
import { encodeFailure } from '../errors/wire.js';
import { BufferedSource } from '../streams/buffered-source.js';
import { isAsyncIterable, type ObservableLike } from '../streams/kinds.js';
import { PulledSource } from '../streams/pulled-source.js';
import type { StreamOutlet, StreamSource } from '../streams/source.js';
import type { Call, Transport } from '../transport/transport.js';
import { bytesOf, type UploadDemand, type UploadItems } from '../transport/upload.js';

/** What a source may be; see {@link Upload}. */
export type UploadSource = AsyncIterable<unknown> | ObservableLike;

/** What an upload needs of the client that makes it. */
export interface UploadScope {
  readonly codec: Codec;
  readonly transport: Transport;
  /** How many items of an Observable wait before StreamOverflow. */
  readonly uploadBuffer: number;
}

/** The call that an upload belongs to. */
export interface UploadCall {
  readonly pattern: string;
  readonly context: AmbientContext | undefined;
  /** Whose turn it is has changed. */
  uploadMoved(): void;
  /** The source has failed. */
  giveUp(error: unknown): void;
}

/** Characters of what a source threw that the other side is told. */
const MAX_REASON = 1_000;

/**
 * The items that one request sends up: asked for by the other side, taken from the caller's source, encoded. The source
 * is not touched before something is asked for, so that until then the request can be sent again; afterwards never.
 */
export class Upload implements UploadDemand, StreamOutlet {
  readonly #source: UploadSource;
  readonly #scope: UploadScope;
  readonly #call: UploadCall;
  #items: UploadItems | undefined;
  #reader: StreamSource | undefined;
  #count = 0;
  #bytes = 0;
  #touched = false;
  #ended = false;

  constructor(source: UploadSource, scope: UploadScope, call: UploadCall) {
    this.#source = source;
    this.#scope = scope;
    this.#call = call;
  }

  /** Whether anything was taken from the source. */
  get touched(): boolean {
    return this.#touched;
  }

  /** Whether another try could not send all of it. */
  get spent(): boolean {
    return this.#touched || this.#ended;
  }

  /** Whether it has begun, and neither side has ended it. */
  get goesOn(): boolean {
    return this.#touched && !this.#ended;
  }

  /** Whether it waits for its own source, and for nobody else. */
  get waits(): boolean {
    return this.#touched && !this.#ended && this.#count > 0 && this.#bytes > 0;
  }

  get full(): boolean {
    return this.#bytes <= 0;
  }

  /** Says where the items of this try go. */
  attach({ upload }: Call): void {
    this.#items = upload;
    if (upload) return;
    this.#call.giveUp(
      new ConfigurationError('the transport says that it has uploads, and its calls take none: a wrapper?'),
    );
  }

  /** The call is over: the source is left, once, unless it has come to its end. */
  release(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
  }

  credit(count: number, bytes: number): void {
    if (this.#ended) return;
    this.#count += count;
    this.#bytes += bytes;
    this.#within(() => {
      if (this.#reader) this.#reader.credit(count);
      else this.#begin();
    });
    this.#call.uploadMoved();
  }

  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#leave();
    this.#call.uploadMoved();
  }

  value(value: unknown, last: boolean): void {
    if (this.#ended) return;
    let body: Body;
    try {
      body = this.#scope.codec.encode(value);
      this.#assertSize(body);
    } catch (error) {
      this.#within(() => this.#reader?.stop());
      this.fail(error);
      return;
    }
    this.#count--;
    this.#bytes -= bytesOf(body);
    this.#items?.write(body);
    if (last) this.end();
    else if (!this.waits) this.#call.uploadMoved();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#items?.end();
    this.#call.uploadMoved();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const why = (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(
      0,
      MAX_REASON,
    );
    const told = new UploadFailed(`the source of the upload to ${this.#call.pattern} failed: ${why}`);
    this.#items?.fail(encodeFailure(told, false));
    this.#call.giveUp(error);
  }

  /** An Observable is too fast: its caller is told at once, and what waited is dropped. */
  overflow(error: Error): void {
    this.fail(error);
  }

  #begin(): void {
    this.#touched = true;
    const { uploadBuffer } = this.#scope;
    try {
      this.#reader = isAsyncIterable(this.#source)
        ? new PulledSource(this.#source, this.#count, this)
        : new BufferedSource(this.#source, this.#count, uploadBuffer, this);
      if (this.#ended) this.#reader.stop();
    } catch (error) {
      this.fail(error);
    }
  }

  #leave(): void {
    this.#within(() => {
      if (this.#touched) this.#reader?.stop();
      else if (isAsyncIterable(this.#source)) leaveUntouched(this.#source);
    });
  }

  /** The source is the caller's code, which runs in its context. */
  #within(work: () => void): void {
    runInContext(this.#call.context, work);
  }

  #assertSize(body: Body): void {
    const { maxBody } = this.#scope.transport.capabilities;
    if (body === undefined || body.length * 3 <= maxBody) return;
    const size = Buffer.byteLength(body);
    if (size <= maxBody) return;
    throw new PayloadTooLarge(
      `an item of the upload to ${this.#call.pattern} has ${size} bytes; at most ${maxBody} can be sent`,
    );
  }
}

/** Ends what was never begun: it may hold something already, a Node.js stream its file. */
export function leaveUntouched(source: AsyncIterable<unknown> & Partial<AsyncDisposable>): void {
  (async () => {
    const dispose = source[Symbol.asyncDispose];
    if (dispose) await dispose.call(source);
    else await source[Symbol.asyncIterator]().return?.();
  })().catch(() => undefined); // nobody is left to hear of it
}
