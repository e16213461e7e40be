import type { Socket } from 'node:net';

/** With as many characters gathered they leave before the turn is over. */
const WRITE_SIZE = 64 * 1024;

/** Gathers the packets of one turn of the event loop into one write. */
export class PacketWriter {
  readonly #socket: Socket;
  readonly #written: () => void;
  readonly #flushed: () => void;
  #text = '';
  #scheduled = false;
  #ending = false;
  #draining = false;
  #stopped = false;

  /**
   * @param written called once a write is the system's: from then on the peer may have it
   * @param flushed called after each write, when more may be written
   */
  constructor(socket: Socket, written: () => void, flushed: () => void) {
    this.#socket = socket;
    this.#written = written;
    this.#flushed = flushed;
  }

  /** @param json one packet */
  write(json: string): void {
    if (this.#stopped) return;
    this.#text += `${json.length}#${json}`;
    if (this.#text.length >= WRITE_SIZE) this.flush();
    else this.#schedule();
  }

  /** Writes what is left, then ends this direction. */
  end(): void {
    this.#ending = true;
    this.#schedule();
  }

  /** Hands over what was gathered. */
  flush(): void {
    if (this.#stopped || this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    const takesMore = this.#socket.write(text);
    this.#written();
    if (takesMore) this.#flushed();
    else this.#awaitDrain();
  }

  /** The socket is gone: forgets what has not left. */
  stop(): void {
    this.#stopped = true;
    this.#text = '';
  }

  /** With one listener, however many writes there are until then. */
  #awaitDrain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#socket.once('drain', () => {
      this.#draining = false;
      this.#flushed();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
      if (!this.#ending || this.#stopped) return;
      this.#stopped = true; // a write after the end would cut off what is on its way
      this.#socket.end();
    });
  }
}
