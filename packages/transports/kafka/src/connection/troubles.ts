import type { Connection, ConnectionPool } from '@platformatic/kafka';
import { isSilentEnd } from './failure.js';

/**
 * Remembers why connections of a pool ended: whoever waits for an answer then is told only that they did. An alert of TLS 1.3
 * that refuses a certificate comes when the connection is already there.
 */
export class Troubles {
  #last: unknown;

  watch(pool: ConnectionPool): void {
    pool.on('connecting', ({ connection }: { connection: Connection }) => {
      connection.on('error', (error) => (this.#last = error));
    });
  }

  /** Resolves with `work`; rejects with the reason of its failure, as far as it became known meanwhile. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    try {
      return await work();
    } catch (error) {
      throw isSilentEnd(error) && this.#last !== before ? this.#last : error;
    }
  }
}
