/** The size of the buffers that frames are gathered in: a chunk, and room for smaller frames before it. */
export const BUFFER_SIZE = 128 * 1024;

/** More than this many are not kept; the collector may have them. */
const KEPT = 16;

/**
 * The buffers that the connections of a transport write from. A connection has one only from the first frame of a turn
 * until the kernel has taken it, so that thousands of idle connections share a few.
 */
export class BufferPool {
  readonly #free: Buffer[] = [];

  /** A buffer whose content means nothing. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  }

  /** Gives a buffer back, once nothing refers to it. */
  give(buffer: Buffer): void {
    if (buffer.length === BUFFER_SIZE && this.#free.length < KEPT) this.#free.push(buffer);
  }
}
