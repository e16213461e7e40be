import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Peer, type Random, Unauthenticated } from '@rookery/core';
import type { Hello } from '../frames/handshake.js';
import { certifiedNames, nameFor } from './certificate-names.js';
import type { SecuritySettings } from './options.js';
import { isProof, NONCE_LENGTH, proofOf, sessionOf, type Transcript } from './proof.js';

/** Finds out who a caller is, before anything is done for it. */
export class Gate {
  readonly #settings: SecuritySettings;
  readonly #socket: Socket;
  #transcript: Transcript | undefined;
  #peer: Peer | undefined;

  constructor(settings: SecuritySettings, socket: Socket) {
    this.#settings = settings;
    this.#socket = socket;
  }

  /** Who the caller is, once {@link Gate.hello} and, where it was asked for, the proof have been taken. */
  get peer(): Peer | undefined {
    return this.#peer;
  }

  /**
   * Lets in a caller that says nothing of itself: its certificate does.
   *
   * @throws Unauthenticated
   */
  silent(): void {
    if (this.#settings.mutual) this.#peer = { service: this.#certified(undefined), by: 'tls' };
  }

  /**
   * Takes the HELLO.
   *
   * @param bytes its fields, as they came
   * @param service the service of this side
   * @returns the fields of the CHALLENGE, if the caller has to prove that it has the secret
   * @throws Unauthenticated
   */
  hello(hello: Hello, bytes: Uint8Array, service: string | undefined, random: Random): Buffer | undefined {
    const { mutual, secrets } = this.#settings;
    if (mutual) this.#peer = { service: this.#certified(hello.service), by: 'tls' };
    if (secrets.length === 0) return undefined;
    if (hello.nonce === undefined) {
      throw new Unauthenticated(
        'this service takes only callers that have its secret; give the caller the secret',
      );
    }
    this.#peer ??= { service: hello.service, by: 'secret' };
    const challenge = Buffer.from(JSON.stringify({ nonce: random.token(NONCE_LENGTH), service }));
    this.#transcript = { hello: bytes, challenge, session: sessionOf(this.#socket) };
    return challenge;
  }

  /**
   * Takes the caller's proof.
   *
   * @returns this side's, made with the same secret
   * @throws Unauthenticated
   */
  proof(given: Uint8Array): string {
    const transcript = this.#transcript as Transcript;
    let right: string | undefined;
    for (const secret of this.#settings.secrets) {
      if (isProof(given, proofOf(secret, 'caller', transcript))) right ??= secret;
    }
    if (right === undefined) {
      throw new Unauthenticated(
        'the secret of the caller is none of this service; give both the same (a changed one to the services first, beside the old)',
      );
    }
    return proofOf(right, 'server', transcript).toString('base64url');
  }

  #certified(service: string | undefined): string {
    const socket = this.#socket;
    if (!(socket instanceof TLSSocket) || !socket.authorized) {
      throw new Unauthenticated('the caller has shown no certificate that is accepted here');
    }
    const names = certifiedNames(socket.getPeerX509Certificate());
    const name = nameFor(service, names);
    if (name !== undefined) return name;
    const has = names.length === 0 ? 'no name' : `the name ${names.map((one) => `'${one}'`).join(', ')}`;
    throw new Unauthenticated(
      service === undefined
        ? `the caller's certificate has ${has}; it has to have one, as DNS name, URI or CN`
        : `the caller says that it is '${service.slice(0, 100)}', but its certificate has ${has}; ` +
            `use a certificate for the service, or call as the one that it is for`,
    );
  }
}
