import type { Socket } from 'node:net';

/** With as many characters gathered they leave before the turn is over. */
const WRITE_SIZE = 64 * 1024;

/** Gathers the packets of one turn of the event loop into one write. */
export class PacketWriter {
  readonly #socket: Socket;
  readonly #flushed: () => void;
  #text = '';
  #scheduled = false;
  #ending = false;
  #stopped = false;

  /** @param flushed called after each write, when more may be written */
  constructor(socket: Socket, flushed: () => void) {
    this.#socket = socket;
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
    if (this.#socket.write(text)) this.#flushed();
    else this.#socket.once('drain', this.#flushed);
  }

  /** The socket is gone: forgets what has not left. */
  stop(): void {
    this.#stopped = true;
    this.#text = '';
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
      if (this.#ending && !this.#stopped) this.#socket.end();
    });
  }
}
