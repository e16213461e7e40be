import { type Body, type Message, PayloadTooLarge, Unavailable } from '@rookery/core';
import { bodyBound, BodyFlag, kindOf, sizeBeyond } from '../frames/body-flags.js';
import { envelopeBound, writeEnvelope } from '../frames/envelope-fields.js';
import { FrameType } from '../frames/frame-type.js';
import { type FrameWriter, textBound, VARINT_BOUND } from '../frames/frame-writer.js';
import type { Introduction } from '../frames/handshake.js';
import { OWNER_BOUND, writeOwner } from '../frames/owner.js';
import { INLINE, PatternNumbers } from '../frames/pattern-numbers.js';
import { CHUNK_SIZE } from '../frames/protocol.js';
import type { LargeBody } from './large-body.js';
import { ANNOUNCEMENT_BOUND, type Outgoing } from './outgoing.js';

/** Writes requests and events to one peer: within its limits, each pattern as text only once. */
export class MessageWriter {
  readonly #outgoing: Outgoing;
  readonly #source: string | undefined;
  readonly #peer: Introduction;
  readonly #attempts: boolean;
  readonly #owners: boolean;
  readonly #patterns = new PatternNumbers();

  /** @param source the service that this side's handshake named */
  constructor(outgoing: Outgoing, source: string | undefined, peer: Introduction) {
    this.#outgoing = outgoing;
    this.#source = source;
    this.#peer = peer;
    this.#attempts = peer.knows.includes('attempt');
    this.#owners = peer.knows.includes('owners');
  }

  /** The largest body that the peer takes. */
  get maxBody(): number {
    return this.#peer.maxBody;
  }

  /** @throws Unavailable when the peer does not know uploads */
  assertUploads(): void {
    const { knows, service, replica } = this.#peer;
    if (knows.includes('uploads')) return;
    throw new Unavailable(
      `replica ${replica} of '${service}' runs a version of @rookery/tcp without uploads; never sent: upgrade '${service}'`,
    );
  }

  /**
   * @param timeout milliseconds left from now on
   * @param upload whether items follow; the peer has to know them
   * @returns the body, if it is large and still on its way
   * @throws PayloadTooLarge when the peer would not take it; nothing is written then
   */
  request(
    call: number,
    message: Message,
    timeout: number | undefined,
    credit: number,
    upload = false,
  ): LargeBody | undefined {
    const pattern = this.#numberOf(message.envelope.pattern);
    const writer = this.#begin(FrameType.request, message, pattern);
    writer.varint(call);
    writer.varint(credit);
    return this.#finish(writer, message, pattern, timeout, upload);
  }

  /**
   * @param route the subscription's index in the peer's WELCOME
   * @returns as {@link MessageWriter.request}
   * @throws as {@link MessageWriter.request}
   */
  event(delivery: number, route: number, attempt: number, message: Message): LargeBody | undefined {
    const pattern = this.#numberOf(message.envelope.pattern);
    const writer = this.#begin(FrameType.event, message, pattern);
    writer.varint(delivery);
    writer.varint(route);
    writer.varint(attempt);
    return this.#finish(writer, message, pattern, message.envelope.timeout, false);
  }

  /** Says that the peer has a slot from now on, if it knows of that; see {@link Consumer.own}. */
  owner(route: number, slot: number, above: number): void {
    if (!this.#owners) return;
    const writer = this.#outgoing.begin(FrameType.owner, OWNER_BOUND);
    writeOwner(writer, { route, slot, fencingToken: above });
    writer.end();
  }

  #begin(type: number, { envelope, body }: Message, pattern: number): FrameWriter {
    assertBody(body, envelope.pattern, this.#peer.maxBody);
    const size = bodyBound(body);
    const head = 5 * VARINT_BOUND + (pattern === INLINE ? textBound(envelope.pattern) : 0);
    return this.#outgoing.begin(
      type,
      head + envelopeBound(envelope) + (size > CHUNK_SIZE ? ANNOUNCEMENT_BOUND : size),
    );
  }

  #finish(
    writer: FrameWriter,
    { envelope, body }: Message,
    pattern: number,
    timeout: number | undefined,
    upload: boolean,
  ): LargeBody | undefined {
    const chunked = bodyBound(body) > CHUNK_SIZE;
    const flags = chunked ? kindOf(body) | BodyFlag.chunked : kindOf(body);
    writer.byte(upload ? flags | BodyFlag.upload : flags);
    writer.varint(pattern);
    if (pattern === INLINE) writer.text(envelope.pattern);
    writeEnvelope(writer, envelope, this.#source, timeout, this.#attempts);
    if (writer.frameLength + CHUNK_SIZE > this.#peer.maxFrame) {
      const length = writer.frameLength;
      writer.undo();
      throw new PayloadTooLarge(
        `the headers and other fields of ${envelope.pattern} take ${length} bytes; ` +
          `the other side takes at most ${this.#peer.maxFrame - CHUNK_SIZE}`,
      );
    }
    if (chunked) return this.#outgoing.endWithChunked(body as string | Uint8Array);
    this.#outgoing.endWith(body);
    return undefined;
  }

  #numberOf(pattern: string): number {
    const known = this.#patterns.known(pattern);
    if (known !== undefined) return known;
    if (textBound(pattern) > CHUNK_SIZE) return INLINE;
    const number = this.#patterns.define(pattern);
    if (number === INLINE) return INLINE;
    const writer = this.#outgoing.begin(FrameType.pattern, VARINT_BOUND + textBound(pattern));
    writer.varint(number);
    writer.restText(pattern);
    writer.end();
    return number;
  }
}

function assertBody(body: Body, pattern: string, maxBody: number): void {
  const size = sizeBeyond(maxBody, body);
  if (size === undefined) return;
  throw new PayloadTooLarge(
    `the body of ${pattern} has ${size} bytes; the other side takes at most ${maxBody}`,
  );
}
