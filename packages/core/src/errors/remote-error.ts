/** What a remote error says of itself. */
export interface RemoteErrorFields {
  readonly name: string;
  readonly message: string;
  readonly code?: string | number | undefined;
  readonly status?: number | undefined;
  readonly stack?: string | undefined;
}

/**
 * An error that a handler threw on the other side: it has the name, message and code of the original. `status` is the
 * HTTP status if the original was one of Nest's HTTP exceptions. The remote stack is there only where both sides allow it.
 */
export class RemoteError extends Error {
  /** The original's `code`, or `HANDLER_ERROR` when it had none. */
  readonly code: string | number;
  readonly status: number | undefined;
  /** The stack of the original, on the other side. */
  readonly remoteStack: string | undefined;

  constructor(fields: RemoteErrorFields) {
    super(fields.message);
    this.name = fields.name;
    this.code = fields.code ?? 'HANDLER_ERROR';
    this.status = fields.status;
    this.remoteStack = fields.stack;
  }
}
