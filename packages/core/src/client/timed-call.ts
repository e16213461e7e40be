import { Expiring } from '../clock/deadlines.js';
import type { AmbientContext } from '../context/ambient.js';
import type { Body, Envelope } from '../envelope/envelope.js';
import type { DeadlineExceeded } from '../errors/conditions.js';
import type { CallOptions } from './call-options.js';
import type { CallRequest, CallScope } from './call-request.js';
import { silent, stoodStill, unanswered } from './late.js';
import { Upload, type UploadCall } from './upload.js';

/** What is called, whose turn it is, and how long that may take. */
export abstract class TimedCall extends Expiring implements UploadCall {
  protected readonly scope: CallScope;
  protected readonly request: CallRequest;
  /** The items of the request, in place of a body. */
  readonly upload: Upload | undefined;
  /** How many values may still come before the reader grants more. */
  protected credit: number;
  /** The reader has the first value. */
  protected streaming = false;
  #timeout = Infinity;
  #idleTimeout = Infinity;
  now = 0;
  attempt = 0;

  constructor(scope: CallScope, request: CallRequest, credit: number) {
    super();
    this.scope = scope;
    this.request = request;
    this.credit = credit;
    this.upload = request.source && new Upload(request.source, scope, this);
  }

  abstract readonly sent: boolean;
  abstract uploadMoved(): void;
  abstract giveUp(error: unknown): void;

  get service(): string {
    return this.request.service;
  }

  get pattern(): string {
    return this.request.envelope.pattern;
  }

  get options(): CallOptions {
    return this.request.options;
  }

  get envelope(): Envelope {
    return this.request.envelope;
  }

  get body(): Body {
    return this.request.body;
  }

  get context(): AmbientContext | undefined {
    return this.request.context;
  }

  get remaining(): number {
    return this.armed ? Math.max(0, this.expiresAt - this.scope.clock.now()) : Infinity;
  }

  /** For the policies: a try sets out. */
  begins(): void {
    this.now = this.scope.clock.now();
  }

  /** For the policies: the first answer has so much time, and each further value. */
  expireIn(timeout: number, idleTimeout: number): void {
    this.#timeout = timeout;
    this.#idleTimeout = idleTimeout;
    this.scope.deadlines.arm(this, timeout, this.now);
  }

  /** A value has come, and another may. */
  protected awaitNext(): void {
    this.credit--;
    this.watch();
  }

  /**
   * Only that time counts in which it is the other side's turn: not while the reader takes nothing, nor while an upload
   * waits for its own source. Between items it is the idle timeout; to the first answer, once an upload has ended, the timeout.
   */
  protected watch(): void {
    const { upload, streaming } = this;
    const { deadlines } = this.scope;
    if (upload?.waits || (streaming && this.credit <= 0)) deadlines.disarm(this);
    else deadlines.arm(this, streaming || upload?.goesOn ? this.#idleTimeout : this.#timeout);
  }

  /** What the call fails with when its time is over. */
  protected late(): DeadlineExceeded {
    if (this.streaming) return silent(this, this.#idleTimeout);
    if (this.upload?.goesOn) return stoodStill(this, this.#idleTimeout);
    return unanswered(this, this.#timeout, this.scope.transport.state);
  }
}
