import type { Socket } from 'node:net';
import { type Random, Unauthenticated } from '@rookery/core';
import { Cursor } from '../frames/cursor.js';
import { readChallenge } from '../frames/handshake.js';
import { malformed } from '../frames/protocol.js';
import { isProof, NONCE_LENGTH, proofOf, sessionOf, type Transcript } from './proof.js';

/** A caller's side of the proof that both have the secret. */
export class CallerProof {
  readonly nonce: string;
  readonly #secret: string;
  #transcript: Transcript | undefined;

  constructor(secret: string, random: Random) {
    this.#secret = secret;
    this.nonce = random.token(NONCE_LENGTH);
  }

  /**
   * The caller's proof, in answer to a CHALLENGE.
   *
   * @param hello the fields of the HELLO, as they left
   * @param target the service that is called: no other one gets a proof
   * @throws Unauthenticated when it is from another service
   */
  answer(fields: Cursor, hello: Uint8Array, target: string, socket: Socket): Buffer {
    if (this.#transcript) throw malformed('a second CHALLENGE');
    const challenge = fields.restBytes();
    const { service } = readChallenge(Cursor.over(challenge));
    if (service !== target) {
      const who = service === undefined ? 'a process without a name' : `the service '${service}'`;
      throw new Unauthenticated(`there is ${who}, which gets no proof of the secret; correct the address`);
    }
    this.#transcript = { hello, challenge, session: sessionOf(socket) };
    return proofOf(this.#secret, 'caller', this.#transcript);
  }

  /** @throws Unauthenticated when the WELCOME does not prove that the server has the secret too */
  check(proof: string | undefined): void {
    if (!this.#transcript) {
      throw new Unauthenticated(
        'it asks for no secret, but this side has one and talks only to those who have it too; give the service the secret',
      );
    }
    const right = proofOf(this.#secret, 'server', this.#transcript);
    if (!isProof(Buffer.from(proof ?? '', 'base64url'), right)) {
      throw new Unauthenticated('it did not prove that it has the secret');
    }
  }
}
