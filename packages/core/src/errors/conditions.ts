import { RookeryError, type RookeryErrorOptions } from './rookery-error.js';

/**
 * The deadline passed without an answer. `recourse` is `retryable` when the request never left this process and
 * `unknown` otherwise. Raise the `timeout` if the work takes longer; look at the cause if it was never sent.
 */
export class DeadlineExceeded extends RookeryError {
  readonly code = 'DEADLINE_EXCEEDED';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'unknown', options);
  }
}

/** The service has no handler for the pattern. The message names near ones. */
export class NoHandler extends RookeryError {
  readonly code = 'NO_HANDLER';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** The connection broke after the request had been sent: it may have been handled. */
export class ConnectionLost extends RookeryError {
  readonly code = 'CONNECTION_LOST';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'unknown', options);
  }
}

/** The service or its medium does not take the message now; nothing was done. */
export class Unavailable extends RookeryError {
  readonly code = 'UNAVAILABLE';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'retryable', options);
  }
}

/** A bounded queue is full; nothing was accepted. Slow down, or make the queue larger. */
export class QueueFull extends RookeryError {
  readonly code = 'QUEUE_FULL';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'retryable', options);
  }
}

/**
 * An idempotency key cannot be used so: it was used before for a request with another body, or the answer to the first
 * is a stream, which is neither kept nor shared. The message says which.
 */
export class IdempotencyConflict extends RookeryError {
  readonly code = 'IDEMPOTENCY_CONFLICT';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** The client was closed while the call was under way, or before it began. */
export class ClientClosed extends RookeryError {
  readonly code = 'CLIENT_CLOSED';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'unknown', options);
  }
}

/** The caller gave the call up by its own signal. */
export class Cancelled extends RookeryError {
  readonly code = 'CANCELLED';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'unknown', options);
  }
}

/** A value cannot be encoded without losing something; the message names the path in it. */
export class NotEncodable extends RookeryError {
  readonly code = 'NOT_ENCODABLE';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** A body is not what its content type says. */
export class NotDecodable extends RookeryError {
  readonly code = 'NOT_DECODABLE';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** A body is larger than the medium takes. Send a reference to it instead, or raise `maxBody` where there is one. */
export class PayloadTooLarge extends RookeryError {
  readonly code = 'PAYLOAD_TOO_LARGE';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/**
 * What a handler throws to say that the same message will fail again, however often it is tried: an event is given up at
 * once and put among the dead letters. Throw it for what is wrong with the message, not with the surroundings.
 */
export class Unrecoverable extends RookeryError {
  readonly code = 'UNRECOVERABLE';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** An Observable gave values faster than the reader took them. Use an async iterable, which is pulled. */
export class StreamOverflow extends RookeryError {
  readonly code = 'STREAM_OVERFLOW';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** The source of an upload failed on its caller's side, which the handler that reads it learns so; the message has why. */
export class UploadFailed extends RookeryError {
  readonly code = 'UPLOAD_FAILED';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'unknown', options);
  }
}

/** Options, environment or declarations that cannot work; thrown at the start. */
export class ConfigurationError extends RookeryError {
  readonly code = 'CONFIGURATION';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** The address cannot be listened on, reached or resolved. */
export class AddressUnusable extends RookeryError {
  readonly code = 'ADDRESS_UNUSABLE';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'retryable', options);
  }
}

/** The other side broke the protocol, or speaks another version of it. */
export class ProtocolViolation extends RookeryError {
  readonly code = 'PROTOCOL_VIOLATION';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/**
 * One of the two sides did not prove who it is: a certificate that is not accepted or missing, a secret that the other
 * side does not have. The message says which, and what to configure.
 */
export class Unauthenticated extends RookeryError {
  readonly code = 'UNAUTHENTICATED';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** The service does not let this caller use the pattern; the message names both. */
export class PermissionDenied extends RookeryError {
  readonly code = 'PERMISSION_DENIED';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'terminal', options);
  }
}

/** Too many calls to the service have failed of late: it is left alone for a while. Nothing was sent. */
export class CircuitOpen extends RookeryError {
  readonly code = 'CIRCUIT_OPEN';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'retryable', options);
  }
}

/** Too many calls of this client to the service are under way. Nothing was sent. */
export class BulkheadFull extends RookeryError {
  readonly code = 'BULKHEAD_FULL';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'retryable', options);
  }
}

/**
 * The service has more work than it can do in time, or is known to; nothing was done. Try again after `retryAfter`, add
 * replicas, or send less.
 */
export class Overloaded extends RookeryError {
  readonly code = 'OVERLOADED';
  constructor(message: string, options?: RookeryErrorOptions) {
    super(message, 'retryable', options);
  }
}
