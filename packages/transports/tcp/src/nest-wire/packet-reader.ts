import { StringDecoder } from 'node:string_decoder';
import { ProtocolViolation } from '@rookery/core';
import { malformed } from '../frames/protocol.js';

/** As many digits as any length has that this side could take. */
const MAX_DIGITS = 10;

/**
 * Cuts what a socket gives into the packets of the stock wire, `<length>#<json>`, however it was split. The length
 * counts UTF-16 code units, so that nothing can be cut before it is decoded.
 *
 * @see https://github.com/nestjs/nest/blob/master/packages/microservices/helpers/json-socket.ts
 */
export class PacketReader {
  readonly #limit: number;
  readonly #take: (packet: unknown) => void;
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  /** The length of the packet that is arriving, once its head has come. */
  #length: number | undefined;
  #cutting = false;
  #held = false;
  #stopped = false;

  /**
   * @param limit the longest packet, in UTF-16 code units
   * @param take gets each packet, parsed
   */
  constructor(limit: number, take: (packet: unknown) => void) {
    this.#limit = limit;
    this.#take = take;
  }

  /** Whether the begin of a packet is here, and its end is not. */
  get partial(): boolean {
    return !this.#held && (this.#length !== undefined || this.#text.length > 0);
  }

  /** @throws ProtocolViolation when the bytes are no packets; nothing more may be pushed then */
  push(chunk: Buffer): void {
    if (this.#stopped) return;
    this.#text += this.#decoder.write(chunk);
    this.#cut();
  }

  /** Gives no packet until {@link PacketReader.release}; what was pushed waits. */
  hold(): void {
    this.#held = true;
  }

  /** @throws as {@link PacketReader.push} */
  release(): void {
    this.#held = false;
    this.#cut();
  }

  /** No packet is given any more. */
  stop(): void {
    this.#stopped = true;
    this.#text = '';
  }

  #cut(): void {
    if (this.#cutting) return;
    this.#cutting = true;
    const text = this.#text;
    let at = 0;
    try {
      while (!this.#held && !this.#stopped) {
        if (this.#length === undefined) {
          const end = headEnd(text, at);
          if (end < 0) break;
          this.#length = this.#lengthOf(text.slice(at, end));
          at = end + 1;
        }
        if (text.length - at < this.#length) break;
        const json = text.slice(at, at + this.#length);
        at += this.#length;
        this.#length = undefined;
        this.#take(parse(json));
      }
    } finally {
      this.#cutting = false;
      this.#text = this.#stopped ? '' : at === 0 ? text : text.slice(at);
    }
  }

  #lengthOf(digits: string): number {
    const length = Number(digits);
    if (length <= this.#limit) return length;
    throw new ProtocolViolation(`a packet of ${length} characters; this side takes at most ${this.#limit}`);
  }
}

/** Where the length ends that begins at `at`; -1 when its end has not come. */
function headEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  if (end - at > MAX_DIGITS) throw malformed('a length of too many digits');
  if (end === text.length) return -1;
  if (text[end] === '#' && end > at) return end;
  if (text.startsWith('R', at)) {
    throw new ProtocolViolation(
      "the other side speaks Rookery's own wire; leave out wire: 'nest' to call it",
    );
  }
  throw malformed(`${JSON.stringify(text.slice(at, end + 1))} where the length of a packet should be`);
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw malformed('a packet that is not JSON');
  }
}
