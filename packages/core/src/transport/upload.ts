import type { Body } from '../envelope/envelope.js';

/**
 * Whoever has the items of an upload, as the side that takes them sees it: on the caller's side that is the source, on
 * the serving side the transport. Nothing of an upload leaves before it was asked for.
 */
export interface UploadDemand {
  /**
   * Lets `count` more items come, and `bytes` more in them: an item may begin while both are above 0, so that the last
   * one may go beyond the bytes. What has been taken of the items gives back as much as it was.
   */
  credit(count: number, bytes: number): void;
  /** Wants no more items; the answer may still come. */
  stop(): void;
}

/** Takes the items of an upload, in order: on the caller's side the transport, on the serving side the handler's end. */
export interface UploadItems {
  /** One item, for which there was credit. */
  write(body: Body): void;
  /** There are no more. */
  end(): void;
  /** There are no more, because the source failed; encoded by `encodeFailure`. */
  fail(failure: string): void;
}

/** What an item counts: its bytes, and 1 for one that has none. */
export function bytesOf(body: Body): number {
  if (body === undefined) return 1;
  return typeof body === 'string' ? Buffer.byteLength(body) || 1 : body.byteLength || 1;
}
