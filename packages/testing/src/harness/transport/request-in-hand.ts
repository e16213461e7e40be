import type { Body, ConnectionLost, Message, RequestHandler, Responder, ServerCall } from '@rookery/core';
import { failureText } from '../records/journal.js';
import type { HandledOutcome } from '../records/records.js';
import { messageOf, Work } from '../work/work.js';
import type { Held, Owner } from './owner.js';
import { UploadUnderWay } from './upload-under-way.js';

/** A request that a process has taken, until it is answered. */
export class RequestInHand implements Responder, ServerCall {
  readonly upload: UploadUnderWay | undefined;
  readonly #process: Owner;
  readonly #message: Message;
  readonly #responder: Responder;
  readonly #open: Set<Held>;
  readonly #work: Work;
  #credit: number;
  #run: ServerCall | undefined;
  #ended = false;
  /** When the last of those answers leaves that were put off, and how many they are: they keep their order. */
  #leaves = 0;
  #waiting = 0;

  constructor(process: Owner, message: Message, credit: number, responder: Responder, open: Set<Held>) {
    const { underWay } = process.stage;
    const what = `request ${message.envelope.pattern} in '${process.service}', being handled`;
    this.#process = process;
    this.#message = message;
    this.#credit = credit;
    this.#responder = responder;
    this.#open = open;
    this.#work = new Work(what, underWay.moved, () => this.#run?.waits === true);
    const { upload } = responder;
    const within = (run: () => void): void => process.within(this.#work, run);
    this.upload =
      upload &&
      new UploadUnderWay(process, message.envelope.pattern, upload, () => this.#run?.upload, within);
  }

  get native(): unknown {
    return this.#responder.native;
  }

  get peer(): Responder['peer'] {
    return this.#responder.peer;
  }

  begin(handler: RequestHandler): void {
    const process = this.#process;
    if (!process.alive) return;
    const { crash, delay } = process.stage.chaos.fate(process, 'handle', this.#message.envelope.pattern);
    this.#open.add(this);
    process.stage.underWay.begin(this.#work);
    if (crash) process.kill();
    else {
      const over = this.#work.wait();
      this.#after(delay, () => {
        over();
        this.#start(handler);
      });
    }
  }

  credit(count: number): void {
    this.#credit += count;
    if (!this.#ended) this.#process.within(this.#work, () => this.#run?.credit(count));
  }

  cancel(cause?: ConnectionLost): void {
    if (this.#ended) return;
    this.#end('cancelled');
    this.#process.within(this.#work, () => this.#run?.cancel(cause));
  }

  reply(body: Body, last: boolean): void {
    if (this.#ended) return;
    this.#send(() => this.#responder.reply(body, last), last ? 'answered' : undefined);
  }

  fail(failure: string): void {
    if (this.#ended) return;
    this.#send(() => this.#responder.fail(failure), 'failed', failureText(failure));
  }

  /** The process is gone. */
  drop(): void {
    this.#end('lost');
  }

  #start(handler: RequestHandler): void {
    const process = this.#process;
    if (this.#ended || !process.alive) return;
    process.within(this.#work, () => {
      this.#run = handler(messageOf(this.#work, this.#message), this.#credit, this);
    });
  }

  #send(answer: () => void, outcome: HandledOutcome | undefined, error?: string): void {
    const process = this.#process;
    const { chaos } = process.stage;
    const { crash, delay } = chaos.fate(process, 'reply', this.#message.envelope.pattern);
    if (crash === 'before') {
      process.kill();
      return;
    }
    if (outcome) this.#end(outcome, error);
    this.#after(delay, answer);
    if (crash === 'after') process.kill();
  }

  /** Runs it `delay` milliseconds from now, and not before what was put off before it. */
  #after(delay: number, run: () => void): void {
    const { clock } = this.#process.stage;
    if (delay === 0 && this.#waiting === 0) {
      run();
      return;
    }
    const now = clock.now();
    this.#leaves = Math.max(this.#leaves, now + delay);
    this.#waiting++;
    clock.after(this.#leaves - now, () => {
      this.#waiting--;
      run();
    });
  }

  #end(outcome: HandledOutcome, error?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#open.delete(this);
    const { journal, underWay } = this.#process.stage;
    underWay.end(this.#work);
    journal.add({
      type: 'handled',
      kind: 'request',
      service: this.#process.service,
      endpoint: undefined,
      ...journal.about(this.#message),
      attempt: this.#message.envelope.attempt ?? 1,
      outcome,
      error,
    });
  }
}
