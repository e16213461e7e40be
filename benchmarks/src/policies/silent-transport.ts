import {
  ObservedState,
  type Call,
  type Message,
  type ReplySink,
  type RequestHandler,
  type Target,
  type Transport,
} from '@rookery/core';

const CALL: Call = { sent: true, credit() {}, cancel() {} };

/** A transport without a medium: what is sent waits until the bench answers it, so that only the core's time is left. */
export class SilentTransport implements Transport {
  readonly scheme = 'silent';
  readonly capabilities = {
    maxBody: 2 ** 20,
    acceptance: 'memory',
    direct: true,
    wildcards: true,
    delay: true,
    deadLetters: false,
    uploads: false,
  } as const;
  readonly #state = new ObservedState();
  readonly #sinks: ReplySink[] = [];
  handler: RequestHandler | undefined;

  get state() {
    return this.#state.current;
  }

  request(_: Target, __: Message, ___: number, sink: ReplySink): Call {
    this.#sinks.push(sink);
    return CALL;
  }

  /** Answers all that waits. */
  answer(body: string): void {
    for (const sink of this.#sinks) sink.reply(body, true);
    this.#sinks.length = 0;
  }

  serve(_: string, handler: RequestHandler): void {
    this.handler = handler;
  }

  subscribe = () => ({ pause() {}, resume() {} });
  watch = () => () => undefined;
  publish = () => Promise.resolve([]);
  open = () => Promise.resolve();
  reach = () => Promise.resolve();
  quiesce = () => Promise.resolve();
  close = () => Promise.resolve();
  describe = () => ({ scheme: this.scheme, addresses: [] });
  unwrap(): undefined {
    return undefined;
  }
}
