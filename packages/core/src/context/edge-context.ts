import type { Random } from '../clock/random.js';
import { CallContext } from './call-context.js';
import type { MessageContext } from './message-context.js';
import type { Travelling } from './travelling.js';

/** What a context is begun with. */
export interface EdgeFields extends Travelling {
  /** Default: a new one. */
  readonly correlationId?: string | undefined;
}

/** The context of work that no message began, or that has put something of its own over the message's. */
export class EdgeContext extends CallContext {
  /** The message during whose handling it was begun. */
  readonly message: MessageContext | undefined;
  readonly #random: Random;
  #correlationId: string | undefined;

  constructor(fields: EdgeFields, random: Random, message?: MessageContext) {
    super(fields);
    this.#correlationId = fields.correlationId;
    this.#random = random;
    this.message = message;
  }

  get correlationId(): string {
    return (this.#correlationId ??= this.#random.token(20));
  }

  get messageId(): string | undefined {
    return this.message?.messageId;
  }
}
