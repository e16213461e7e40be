import type { Codec } from '../codec/codec.js';
import type { Body } from '../envelope/envelope.js';
import { bytesOf, type UploadDemand, type UploadItems } from '../transport/upload.js';
import { decodeFailure } from '../errors/wire.js';

/** How many items may wait here for the handler, and the bytes in them; it gives credit back as it takes them. */
const UPLOAD_WINDOW = { items: 64, bytes: 1_048_576 } as const;

/** Who has to know how an upload is read. */
export interface IntakeOwner {
  /** The handler begins to read. */
  uploadBegins(): void;
  /** Nothing more of the upload comes, or is wanted. */
  uploadEnded(): void;
  /** Something went on: an item came, or one is waited for. */
  uploadMoved(): void;
}

interface Arrived {
  readonly body: Body;
  readonly bytes: number;
}

/**
 * The items of an upload as its handler gets them, in place of data: pulled with credit, so that the caller's source is
 * never more than the window ahead, and not touched before the first pull. Leaving the loop tells the caller to stop.
 *
 * It ends with the upload. It throws UploadFailed when the caller's source failed, after the items before it; Cancelled
 * when the caller gave up, ConnectionLost when it is gone, and DeadlineExceeded when nothing came for the service's
 * `streamIdleTimeout`, without them. It can be read once.
 */
export class UploadIntake implements AsyncIterableIterator<unknown, undefined>, UploadItems {
  readonly #demand: UploadDemand;
  readonly #codec: Codec;
  readonly #owner: IntakeOwner;
  #arrived: Arrived[] = [];
  readonly #waiting: PromiseWithResolvers<IteratorResult<unknown, undefined>>[] = [];
  #began = false;
  /** Nothing more comes; what has arrived may still be read. */
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #taken = 0;
  #takenBytes = 0;

  constructor(demand: UploadDemand, codec: Codec, owner: IntakeOwner) {
    this.#demand = demand;
    this.#codec = codec;
    this.#owner = owner;
  }

  /** Whether the handler waits for an item. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (!this.#began && !this.#ended) this.#begin();
    const item = this.#arrived.shift();
    if (item) {
      this.#took(item.bytes);
      return { value: this.#codec.decode(item.body), done: false };
    }
    if (this.#failure) throw this.#failure.error;
    if (this.#ended) return { value: undefined, done: true };
    const waiting = Promise.withResolvers<IteratorResult<unknown, undefined>>();
    this.#waiting.push(waiting);
    this.#owner.uploadMoved();
    return waiting.promise;
  }

  /** The handler has left its loop. */
  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#arrived = [];
    this.#failure = undefined;
    if (!this.#ended) {
      this.#demand.stop();
      this.#end();
    }
    return { value: undefined, done: true };
  }

  write(body: Body): void {
    if (this.#ended) return;
    const bytes = bytesOf(body);
    const waiting = this.#waiting.shift();
    if (!waiting) {
      this.#arrived.push({ body, bytes });
      return;
    }
    this.#took(bytes);
    this.#owner.uploadMoved();
    try {
      waiting.resolve({ value: this.#codec.decode(body), done: false });
    } catch (error) {
      waiting.reject(error);
    }
  }

  end(): void {
    this.#end();
  }

  fail(failure: string): void {
    if (this.#ended) return;
    this.#failure = { error: decodeFailure(failure, false) };
    this.#end();
  }

  /** Nothing more can come, for this reason; what has not been read is dropped. */
  break(error: Error): void {
    if (this.#failure || (this.#ended && this.#arrived.length === 0)) return;
    this.#arrived = [];
    this.#failure = { error };
    this.#end();
  }

  /** Nothing came for too long, or an item cannot be read: the caller is to stop, the handler may still answer. */
  refuse(error: Error): void {
    if (this.#ended) return;
    this.#demand.stop();
    this.break(error);
  }

  #begin(): void {
    this.#began = true;
    this.#owner.uploadBegins();
    this.#demand.credit(UPLOAD_WINDOW.items, UPLOAD_WINDOW.bytes);
  }

  #took(bytes: number): void {
    if (this.#ended) return;
    this.#taken++;
    this.#takenBytes += bytes;
    if (this.#taken < UPLOAD_WINDOW.items / 2 && this.#takenBytes < UPLOAD_WINDOW.bytes / 2) return;
    this.#demand.credit(this.#taken, this.#takenBytes);
    this.#taken = 0;
    this.#takenBytes = 0;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#owner.uploadEnded();
    for (const waiting of this.#waiting.splice(0)) {
      if (this.#failure) waiting.reject(this.#failure.error);
      else waiting.resolve({ value: undefined, done: true });
    }
  }
}
