import { SpanKind, trace, type Attributes, type Span } from '@opentelemetry/api';
import type { Clock } from '../clock/clock.js';
import type { MessageContext } from '../context/message-context.js';
import { blamesCaller, errorTypeOf, markFailed, statusCodeOf, type Failure } from './failure.js';
import { remoteContext } from './remote-context.js';
import type { Instruments } from './telemetry.js';

/** One request as its service sees it: a SERVER span, active below the handler, and `rpc.server.call.duration`. */
export class ServedRequest {
  readonly #instruments: Instruments;
  readonly #clock: Clock;
  readonly #begun: number;
  readonly #attributes: Attributes;
  readonly #span: Span | undefined;

  /** @param method the pattern of the handler, which may have wildcards; `undefined` when there is none for the request */
  constructor(instruments: Instruments, context: MessageContext, method: string | undefined, clock: Clock) {
    this.#instruments = instruments;
    this.#clock = clock;
    this.#begun = clock.now();
    const { envelope, service, correlationId } = context;
    const rpcMethod = method === undefined ? '_OTHER' : `${service}/${method}`;
    this.#attributes = { 'rpc.system.name': 'rookery', 'rpc.method': rpcMethod };
    instruments.measures?.serverActive.add(1, this.#attributes);
    if (!instruments.tracer) return;
    const parent = remoteContext(context);
    const attributes: Attributes = {
      ...this.#attributes,
      'rookery.message.id': envelope.id,
      'rookery.correlation_id': correlationId,
    };
    if (method !== envelope.pattern) attributes['rpc.method_original'] = `${service}/${envelope.pattern}`;
    const name = method === undefined ? 'rookery' : rpcMethod;
    this.#span = instruments.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    context.telemetry = trace.setSpan(parent, this.#span);
  }

  end(failure: Failure | undefined): void {
    const attributes: Attributes = { ...this.#attributes, 'rpc.status_code': statusCodeOf(failure) };
    if (failure) attributes['error.type'] = errorTypeOf(failure.error);
    const { measures } = this.#instruments;
    measures?.serverActive.add(-1, this.#attributes);
    measures?.serverCall.record((this.#clock.now() - this.#begun) / 1_000, attributes);
    const span = this.#span;
    if (!span) return;
    span.setAttributes(attributes);
    if (failure && !blamesCaller(failure.error)) markFailed(span, failure.error);
    span.end();
  }
}
