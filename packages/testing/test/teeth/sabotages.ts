import {
  createEnvelope,
  Unavailable,
  type Body,
  type Call,
  type Envelope,
  type Message,
  type Publication,
  type PublishOutcome,
  type ReplySink,
  type RequestHandler,
  type Subscriber,
  type Subscription,
  type SubscriptionControl,
  type Target,
} from '@rookery/core';
import { DelegatingTransport } from './delegating-transport.ts';
import { of, type Sabotage } from './sabotage.ts';
import { uploadSabotages } from './upload-sabotages.ts';

class DropsCancel extends DelegatingTransport {
  override request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const call = super.request(target, message, credit, sink);
    return { sent: true, upload: call.upload, credit: (count) => call.credit(count), cancel() {} };
  }
}

/** Changes what the caller is told. */
abstract class MeddlesWithReplies extends DelegatingTransport {
  override request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    return super.request(target, message, credit, this.meddle(sink));
  }

  protected abstract meddle(sink: ReplySink): ReplySink;
}

function passing(sink: ReplySink): ReplySink {
  return {
    upload: sink.upload,
    reply: (body, last) => sink.reply(body, last),
    fail: (failure) => sink.fail(failure),
    lost: (error) => sink.lost(error),
  };
}

class RepeatsReplies extends MeddlesWithReplies {
  protected meddle(sink: ReplySink): ReplySink {
    return {
      ...passing(sink),
      reply(body, last) {
        if (!last) sink.reply(body, false);
        sink.reply(body, last);
      },
    };
  }
}

class SwapsReplies extends MeddlesWithReplies {
  protected meddle(sink: ReplySink): ReplySink {
    let held: { body: Body } | undefined;
    const release = () => {
      if (held) sink.reply(held.body, false);
      held = undefined;
    };
    return {
      upload: sink.upload,
      reply(body, last) {
        if (last) release();
        if (last || held) sink.reply(body, last);
        if (held) release();
        else if (!last) held = { body };
      },
      fail(failure) {
        release();
        sink.fail(failure);
      },
      lost: (error) => sink.lost(error),
    };
  }
}

class EndsCutStreams extends MeddlesWithReplies {
  protected meddle(sink: ReplySink): ReplySink {
    return {
      ...passing(sink),
      lost: () => sink.reply(undefined, true),
      fail: () => sink.reply(undefined, true),
    };
  }
}

class ForgetsWhatFailed extends MeddlesWithReplies {
  protected meddle(sink: ReplySink): ReplySink {
    return {
      ...passing(sink),
      fail: () => sink.fail('{"k":"e","name":"Error","message":"Internal server error"}'),
    };
  }
}

class MakesNothingNull extends MeddlesWithReplies {
  protected meddle(sink: ReplySink): ReplySink {
    return { ...passing(sink), reply: (body, last) => sink.reply(body ?? 'null', last) };
  }
}

class MakesBytesText extends MeddlesWithReplies {
  protected meddle(sink: ReplySink): ReplySink {
    const text = (body: Body) => (typeof body === 'object' ? JSON.stringify([...body]) : body);
    return { ...passing(sink), reply: (body, last) => sink.reply(text(body), last) };
  }
}

/** Changes what the handler is given. */
abstract class MeddlesWithMessages extends DelegatingTransport {
  override serve(service: string, handler: RequestHandler): void {
    super.serve(service, (message, credit, responder) => handler(this.meddle(message), credit, responder));
  }

  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe(subscription, (delivery) =>
      subscriber({ ...delivery, message: this.meddle(delivery.message) }),
    );
  }

  protected abstract meddle(message: Message): Message;
}

class DropsDeadlines extends MeddlesWithMessages {
  protected meddle({ envelope, body }: Message): Message {
    return { envelope: without(envelope, 'timeout'), body };
  }
}

class DropsTraces extends MeddlesWithMessages {
  protected meddle({ envelope, body }: Message): Message {
    return { envelope: without(envelope, 'tracestate'), body };
  }
}

function without(envelope: Envelope, field: keyof Envelope): Envelope {
  return createEnvelope({ ...envelope, [field]: undefined });
}

class SharesObjects extends MeddlesWithMessages {
  static readonly #sent = new Map<string, Message>();

  override request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    SharesObjects.#sent.set(message.envelope.id, message);
    return super.request(target, message, credit, sink);
  }

  override publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    for (const { message } of publications) SharesObjects.#sent.set(message.envelope.id, message);
    return super.publish(publications);
  }

  protected meddle(message: Message): Message {
    const original = SharesObjects.#sent.get(message.envelope.id);
    if (!original) return message;
    const { headers } = original.envelope;
    return { envelope: createEnvelope({ ...message.envelope, headers }), body: original.body };
  }
}

class IgnoresCredit extends DelegatingTransport {
  override serve(service: string, handler: RequestHandler): void {
    super.serve(service, (message, _, responder) => handler(message, Number.MAX_SAFE_INTEGER, responder));
  }
}

class RunsRequestsTwice extends DelegatingTransport {
  override serve(service: string, handler: RequestHandler): void {
    super.serve(service, (message, credit, responder) => {
      const runs = [handler(message, credit, responder), handler(message, credit, { reply() {}, fail() {} })];
      return {
        upload: runs[0]?.upload,
        credit: (count) => runs.forEach((run) => run.credit(count)),
        cancel: () => runs.forEach((run) => run.cancel()),
      };
    });
  }
}

class DeliversToEveryReplica extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe({ ...subscription, broadcast: true }, subscriber);
  }
}

class DeliversBroadcastsOnce extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe({ ...subscription, broadcast: false }, subscriber);
  }
}

class IgnoresConcurrency extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe({ ...subscription, concurrency: 1_000 }, subscriber);
  }
}

class ForgetsOrder extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe({ ...subscription, ordered: false }, subscriber);
  }
}

class NeverRetries extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe(subscription, (delivery) =>
      subscriber({ ...delivery, settle: () => delivery.settle({ outcome: 'accept' }) }),
    );
  }
}

class RetriesAtOnce extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe(subscription, (delivery) =>
      subscriber({
        ...delivery,
        settle: (settlement) =>
          delivery.settle(settlement.outcome === 'retry' ? { ...settlement, after: 0 } : settlement),
      }),
    );
  }
}

class IgnoresPauses extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    super.subscribe(subscription, subscriber);
    return { pause() {}, resume() {} };
  }
}

class ResumesAltogether extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    const control = super.subscribe(subscription, subscriber);
    return { pause: () => control.pause(), resume: () => control.resume() };
  }
}

class CountsAlways extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe(subscription, (delivery) =>
      subscriber({
        ...delivery,
        settle: (settlement) =>
          delivery.settle(
            settlement.outcome === 'retry' ? { outcome: 'retry', after: settlement.after } : settlement,
          ),
      }),
    );
  }
}

class AcceptsBeforeHandling extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe(subscription, (delivery) => {
      delivery.settle({ outcome: 'accept' });
      subscriber(delivery);
    });
  }
}

class PublishesToAll extends DelegatingTransport {
  override publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    return super.publish(publications.map(({ to: _, ...publication }) => publication));
  }
}

class DropsWhatIsRefused extends DelegatingTransport {
  override async publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    const outcomes = await super.publish(publications);
    return outcomes.map((outcome) => (outcome.status === 'refused' ? { status: 'memory' } : outcome));
  }
}

class NeverHoldsBack extends DelegatingTransport {
  override publish(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    return super.publish(publications.map(({ delay: _, ...publication }) => publication));
  }
}

class GoesOnTakingWhenQuiet extends DelegatingTransport {
  override async quiesce(): Promise<void> {}
}

class ForgetsReplicaNames extends DelegatingTransport {
  override request({ service }: Target, message: Message, credit: number, sink: ReplySink): Call {
    return super.request({ service }, message, credit, sink);
  }
}

class FailsInsteadOfWaiting extends DelegatingTransport {
  static readonly #served = new Map<string, number>();
  #service: string | undefined;

  override serve(service: string, handler: RequestHandler): void {
    this.#service = service;
    super.serve(service, handler);
  }

  override open(): Promise<void> {
    this.#count(1);
    return super.open();
  }

  override quiesce(): Promise<void> {
    this.#gone();
    return super.quiesce();
  }

  override close(): Promise<void> {
    this.#gone();
    return super.close();
  }

  override request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    if (FailsInsteadOfWaiting.#served.get(target.service))
      return super.request(target, message, credit, sink);
    setImmediate(() => sink.lost(new Unavailable(`nobody serves '${target.service}'`)));
    return { sent: false, credit() {}, cancel() {} };
  }

  #gone(): void {
    this.#count(-1);
    this.#service = undefined;
  }

  #count(change: number): void {
    const served = FailsInsteadOfWaiting.#served;
    if (this.#service !== undefined) served.set(this.#service, (served.get(this.#service) ?? 0) + change);
  }
}

/** Says something else of the fencing token of each delivery. */
abstract class MeddlesWithFencing extends DelegatingTransport {
  override subscribe(subscription: Subscription, subscriber: Subscriber): SubscriptionControl {
    return super.subscribe(subscription, (delivery) =>
      subscriber({ ...delivery, fencingToken: this.meddle(delivery.fencingToken) }),
    );
  }

  protected abstract meddle(token: number | undefined): number | undefined;
}

class FencesNothing extends MeddlesWithFencing {
  protected meddle(): undefined {
    return undefined;
  }
}

class FencesAllAlike extends MeddlesWithFencing {
  protected meddle(token: number | undefined): number | undefined {
    return token === undefined ? undefined : 1;
  }
}

class LeavesTimersBehind extends DelegatingTransport {
  override request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const call = super.request(target, message, credit, sink);
    return {
      sent: true,
      upload: call.upload,
      credit: (count) => call.credit(count),
      cancel: () => {
        this.host.clock.after(60_000, () => undefined);
        call.cancel();
      },
    };
  }
}

/** See {@link Sabotage}. */
export const sabotages: readonly Sabotage[] = [
  { what: 'nothing is broken', fails: [], wrap: of(DelegatingTransport) },
  {
    what: 'cancels are dropped',
    fails: [
      'a call fails when its deadline passes, and its work is cancelled',
      'a caller that gives up ends its call at once, and the handler is told',
      'a caller that gives up its upload ends the handler’s loop, and its source once',
      'a cancel goes on to what the handler had called',
      'a cancel reaches the very replica that works, and no other call',
      'a client that is closed fails the calls it has open, stops their work and leaves nothing running',
      'a deadline that passes at the second hop ends both',
      'a handler whose caller has given up calls nobody else',
      'a reader that leaves runs the generator’s finally, wherever the generator is',
      'a stream sees the context of its request to the end',
      'an Observable gives its values in order, and is left by a reader that leaves',
      'the deadline of a stream runs to its first value, and then an idle timeout from value to value',
    ],
    wrap: of(DropsCancel),
  },
  {
    what: 'replies are repeated',
    fails: [
      'a key whose event is given up is parked: what follows it waits untried, and is handled in its order once released',
      'a body that is too large is refused, both ways, and one that just fits is not',
      'a client that is closed fails the calls it has open, stops their work and leaves nothing running',
      'a conversation: each item is answered before the next one is thought of',
      'a reader may take its time: a stream lasts longer than its timeouts while it is not read',
      'a reader that leaves runs the generator’s finally, wherever the generator is',
      'a reader that takes nothing for the service’s streamIdleTimeout holds its stream no longer',
      'a slow reader slows the producer, which is never more than the window ahead',
      'a stream sees the context of its request to the end',
      'a stream of large values is whole',
      'a stream that the service’s shutdown cuts off ends with an error, even if its handler then returns',
      'a stream whose service dies ends with an error, and is not begun again by whoever takes its place',
      'an Observable gives its values in order, and is left by a reader that leaves',
      'an Observable that is too fast for its reader ends with StreamOverflow, after what there was room for',
      'an error after some values comes after them',
      'both directions stream at once, whichever side is the slower one',
      'calls in flight when the server dies end with an error that leaves the outcome open',
      'replies of no value, one and many are told apart, whatever the values are',
      'the deadline of a stream runs to its first value, and then an idle timeout from value to value',
      'thousands of values arrive in order, pulled or observed',
      'twenty streams at once are each in order',
      'what JSON would lose of an answer is an error that names its path',
      'what a handler is answered, it is answered in its own context',
      'work in flight when a server drains may call out, and answers',
      'an operator sees and replays the dead letters of a replica, and nobody else may',
    ],
    wrap: of(RepeatsReplies),
  },
  {
    what: 'replies are reordered',
    fails: [
      'a key whose event is given up is parked: what follows it waits untried, and is handled in its order once released',
      'a client that is closed fails the calls it has open, stops their work and leaves nothing running',
      'a conversation: each item is answered before the next one is thought of',
      'a reader may take its time: a stream lasts longer than its timeouts while it is not read',
      'a reader that leaves runs the generator’s finally, wherever the generator is',
      'a reader that takes nothing for the service’s streamIdleTimeout holds its stream no longer',
      'a slow reader slows the producer, which is never more than the window ahead',
      'a stream of large values is whole',
      'a stream that the service’s shutdown cuts off ends with an error, even if its handler then returns',
      'a stream whose service dies ends with an error, and is not begun again by whoever takes its place',
      'an Observable gives its values in order, and is left by a reader that leaves',
      'an Observable that is too fast for its reader ends with StreamOverflow, after what there was room for',
      'an error after some values comes after them',
      'both directions stream at once, whichever side is the slower one',
      'calls in flight when the server dies end with an error that leaves the outcome open',
      'replies of no value, one and many are told apart, whatever the values are',
      'the deadline of a stream runs to its first value, and then an idle timeout from value to value',
      'thousands of values arrive in order, pulled or observed',
      'twenty streams at once are each in order',
      'what a handler is answered, it is answered in its own context',
      'work in flight when a server drains may call out, and answers',
      'an operator sees and replays the dead letters of a replica, and nobody else may',
    ],
    wrap: of(SwapsReplies),
  },
  {
    what: 'a failure looks like the end',
    fails: [
      'a body that is no JSON is an error for that call alone',
      'a body that is too large is refused, both ways, and one that just fits is not',
      'a caller that is gone ends the handler’s loop with an error, never as if the upload were whole',
      'a handler that fails with what cannot be encoded still answers',
      'a handler with wildcards takes the requests that match, the exact one first',
      'a reader that takes nothing for the service’s streamIdleTimeout holds its stream no longer',
      'a request can be meant for one certain replica',
      'a request that nobody handles fails at once, naming the service and what was meant',
      'a stack crosses only where both sides allow it',
      'a stream that the service’s shutdown cuts off ends with an error, even if its handler then returns',
      'a stream whose service dies ends with an error, and is not begun again by whoever takes its place',
      'a thrown value that is no Error comes back as it is',
      'a transport that is closed under its calls fails them and stops their work',
      'after the end nothing can be sent, and that is said at once',
      'an Observable that is too fast for its reader ends with StreamOverflow, after what there was room for',
      'an error after some values comes after them',
      'an error of Rookery’s comes back as the same class',
      'an upload that the service’s shutdown cuts off ends with an error on both sides',
      'an upload whose service dies fails, and is not begun again',
      'any other Error comes back with its name, message, code and status',
      'calls in flight when the server dies end with an error that leaves the outcome open',
      'what JSON would lose of an answer is an error that names its path',
      'work that does not finish in time is cancelled, and its caller is told that it may have been done',
      'work that is known to be overdue is not started',
      'an operator sees and replays the dead letters of a replica, and nobody else may',
    ],
    mayFail: ['a deadline that passes at the second hop ends both'],
    wrap: of(EndsCutStreams),
  },
  {
    what: 'every error is an Internal server error',
    fails: [
      'a body that is no JSON is an error for that call alone',
      'a body that is too large is refused, both ways, and one that just fits is not',
      'a handler that fails with what cannot be encoded still answers',
      'a handler with wildcards takes the requests that match, the exact one first',
      'a reader that takes nothing for the service’s streamIdleTimeout holds its stream no longer',
      'a request that nobody handles fails at once, naming the service and what was meant',
      'a stack crosses only where both sides allow it',
      'a stream that the service’s shutdown cuts off ends with an error, even if its handler then returns',
      'a stream whose service dies ends with an error, and is not begun again by whoever takes its place',
      'a thrown value that is no Error comes back as it is',
      'an Observable that is too fast for its reader ends with StreamOverflow, after what there was room for',
      'an error after some values comes after them',
      'an error of Rookery’s comes back as the same class',
      'an upload that the service’s shutdown cuts off ends with an error on both sides',
      'an upload whose service dies fails, and is not begun again',
      'any other Error comes back with its name, message, code and status',
      'calls in flight when the server dies end with an error that leaves the outcome open',
      'what JSON would lose of an answer is an error that names its path',
      'work that does not finish in time is cancelled, and its caller is told that it may have been done',
      'work that is known to be overdue is not started',
      'an operator sees and replays the dead letters of a replica, and nobody else may',
    ],
    mayFail: ['a deadline that passes at the second hop ends both'],
    wrap: of(ForgetsWhatFailed),
  },
  {
    what: 'no value arrives as null',
    fails: [
      'a key whose event is given up is parked: what follows it waits untried, and is handled in its order once released',
      'a conversation: each item is answered before the next one is thought of',
      'a reader may take its time: a stream lasts longer than its timeouts while it is not read',
      'a slow reader slows the producer, which is never more than the window ahead',
      'a stream of large values is whole',
      'a stream sees the context of its request to the end',
      'both directions stream at once, whichever side is the slower one',
      'correlation, trace, caller and tenant pass through every hop, and causation names the one before',
      'every field of an envelope arrives as it was sent, and so do headers',
      'replies of no value, one and many are told apart, whatever the values are',
      'thousands of values arrive in order, pulled or observed',
      'twenty streams at once are each in order',
      'void, null, empty and false values are told apart',
      'what a handler is answered, it is answered in its own context',
      'work in flight when a server drains may call out, and answers',
      'an operator sees and replays the dead letters of a replica, and nobody else may',
    ],
    wrap: of(MakesNothingNull),
  },
  {
    what: 'bytes arrive as JSON',
    fails: ['bytes arrive as bytes', 'void, null, empty and false values are told apart'],
    wrap: of(MakesBytesText),
  },
  {
    what: 'the deadline does not travel',
    fails: [
      'an upload lasts longer than its timeouts while it goes on; then the deadline begins',
      'the time that is left shrinks from hop to hop',
      'time spent waiting for the service is time of the deadline',
      'work that is known to be overdue is not started',
    ],
    wrap: of(DropsDeadlines),
  },
  {
    what: 'the tracestate does not travel',
    fails: [
      'correlation, trace, caller and tenant pass through every hop, and causation names the one before',
      'every field of an envelope arrives as it was sent, and so do headers',
    ],
    wrap: of(DropsTraces),
  },
  {
    what: 'sender and handlers share objects',
    // The handlers of an event are kept apart by the core, whatever the transport gives it.
    fails: ['what was sent is nobody else’s: changing it afterwards changes nothing elsewhere'],
    wrap: of(SharesObjects),
  },
  {
    what: 'credit is ignored',
    fails: [
      'a reader may take its time: a stream lasts longer than its timeouts while it is not read',
      'a reader that leaves runs the generator’s finally, wherever the generator is',
      'a reader that stops holds up nobody else',
      'a reader that takes nothing for the service’s streamIdleTimeout holds its stream no longer',
      'a slow reader slows the producer, which is never more than the window ahead',
      'a stream of large values is whole',
      'a stream sees the context of its request to the end',
      'an Observable gives its values in order, and is left by a reader that leaves',
      'an Observable that is too fast for its reader ends with StreamOverflow, after what there was room for',
      'an error after some values comes after them',
      'both directions stream at once, whichever side is the slower one',
      'thousands of values arrive in order, pulled or observed',
      'twenty streams at once are each in order',
      'work in flight when a server drains may call out, and answers',
    ],
    wrap: of(IgnoresCredit),
  },
  {
    what: 'requests run twice',
    fails: [
      'a caller that gives up its upload ends the handler’s loop, and its source once',
      'a caller that is gone ends the handler’s loop with an error, never as if the upload were whole',
      'a client that is closed fails the calls it has open, stops their work and leaves nothing running',
      'a reader that leaves runs the generator’s finally, wherever the generator is',
      'a reader that stops holds up nobody else',
      'a slow reader slows the producer, which is never more than the window ahead',
      'a source that fails: its caller gets the error, its handler UploadFailed after the items before it',
      'a stream sees the context of its request to the end',
      'a stream that the service’s shutdown cuts off ends with an error, even if its handler then returns',
      'a stream whose service dies ends with an error, and is not begun again by whoever takes its place',
      'a transport that is closed under its calls fails them and stops their work',
      'an Observable that is too fast for its handler fails with StreamOverflow',
      'an item that cannot be sent fails the upload, and says why',
      'an upload that is read and gives nothing for the service’s streamIdleTimeout ends its handler’s loop',
      'calls in flight when the server dies end with an error that leaves the outcome open',
      'correlation, trace, caller and tenant pass through every hop, and causation names the one before',
      'two replicas share the requests, and each is handled once',
      'work in flight when a server drains may call out, and answers',
    ],
    mayFail: ['a reader that takes nothing for the service’s streamIdleTimeout holds its stream no longer'],
    wrap: of(RunsRequestsTwice),
  },
  {
    what: 'events reach every replica',
    fails: [
      'a replica that takes keys over, and one that takes them back, have larger fencing tokens than all before',
      'what the owner of a key writes after its successor has is refused by its fencing token',
      'a broadcast reaches every live replica, once each, beside an endpoint that shares',
      'accepted events wait for a consumer that is away',
      'an event in flight when a server drains is finished, and does not come again',
      'an event reaches one replica of each subscribing service, once',
      'what a replica had in hand when it died is handled by another',
      'a replica that joins an ordered endpoint and one that leaves take and give keys without a loss, in their order',
      'three replicas of an ordered endpoint handle the events of one key one after another, in their order',
    ],
    mayFail: [
      'when the owner of a key dies its successor goes on: nothing lost, what is repeated is a suffix',
    ],
    wrap: of(DeliversToEveryReplica),
  },
  {
    what: 'broadcasts reach one replica',
    fails: ['a broadcast reaches every live replica, once each, beside an endpoint that shares'],
    wrap: of(DeliversBroadcastsOnce),
  },
  {
    what: 'events come all at once',
    fails: [
      'a broken database does not empty the queue into the dead letters',
      'a subscription that pauses is given nothing until it resumes, and as many as it resumes for',

      'an endpoint handles no more events at once than it wants to',
      'an event in flight when a server drains is finished, and does not come again',
    ],
    wrap: of(IgnoresConcurrency),
  },
  {
    what: 'keyed events go to any replica',
    fails: [
      'events with a key have a slot, and at an ordered endpoint a fencing token, which does not fall',
      'a replica that takes keys over, and one that takes them back, have larger fencing tokens than all before',
      'what the owner of a key writes after its successor has is refused by its fencing token',
      'three replicas of an ordered endpoint handle the events of one key one after another, in their order',
    ],
    mayFail: [
      'a replica that joins an ordered endpoint and one that leaves take and give keys without a loss, in their order',
      'when the owner of a key dies its successor goes on: nothing lost, what is repeated is a suffix',
    ],
    wrap: of(ForgetsOrder),
  },
  {
    what: 'there is no fencing token',
    fails: [
      'a replica that takes keys over, and one that takes them back, have larger fencing tokens than all before',
      'events with a key have a slot, and at an ordered endpoint a fencing token, which does not fall',
      'what the owner of a key writes after its successor has is refused by its fencing token',
    ],
    wrap: of(FencesNothing),
  },
  {
    what: 'all owners have one fencing token',
    fails: [
      'a replica that takes keys over, and one that takes them back, have larger fencing tokens than all before',
      'what the owner of a key writes after its successor has is refused by its fencing token',
    ],
    wrap: of(FencesAllAlike),
  },
  {
    what: 'nothing is delivered again',
    fails: [
      'a replayed dead letter is the same message, for the endpoint that gave it up and no other',
      'what comes again without counting is the same attempt, and not before its time',
      'a broken database does not empty the queue into the dead letters',
      'a few that always fail among many do not pause their endpoint',

      'a retry waits as long as the schedule says',
      'handlers of one event share nothing, and a retry sees what was sent',
      'several handlers of one event are retried and given up each alone',
      'an operator sees and replays the dead letters of a replica, and nobody else may',
    ],
    wrap: of(NeverRetries),
  },
  {
    what: 'retries come at once',
    fails: [
      'what comes again without counting is the same attempt, and not before its time',
      'a retry waits as long as the schedule says',
    ],
    wrap: of(RetriesAtOnce),
  },
  {
    what: 'pauses are ignored',
    fails: [
      'a subscription that pauses is given nothing until it resumes, and as many as it resumes for',
      'while one replica pauses, another takes the events',
    ],
    wrap: of(IgnoresPauses),
  },
  {
    what: 'who resumes for one is given all',
    fails: ['a subscription that pauses is given nothing until it resumes, and as many as it resumes for'],
    wrap: of(ResumesAltogether),
  },
  {
    what: 'every retry counts',
    fails: ['what comes again without counting is the same attempt, and not before its time'],
    wrap: of(CountsAlways),
  },
  {
    what: 'events are accepted before they are handled',
    fails: [
      'what the owner of a key writes after its successor has is refused by its fencing token',
      'a replayed dead letter is the same message, for the endpoint that gave it up and no other',
      'what comes again without counting is the same attempt, and not before its time',
      'a broken database does not empty the queue into the dead letters',
      'a few that always fail among many do not pause their endpoint',

      'a retry waits as long as the schedule says',
      'an endpoint handles no more events at once than it wants to',
      'handlers of one event share nothing, and a retry sees what was sent',
      'several handlers of one event are retried and given up each alone',
      'what a replica had in hand when it died is handled by another',
      'an operator sees and replays the dead letters of a replica, and nobody else may',
    ],
    wrap: of(AcceptsBeforeHandling),
  },
  {
    what: 'events for one reach all',
    fails: [
      'a replayed dead letter is the same message, for the endpoint that gave it up and no other',
      'an event for a service that has never been there waits for it',
      'an event for one service reaches no other',
      'emit goes to the target of a client that has one, and to all without one',
    ],
    wrap: of(PublishesToAll),
  },
  {
    what: 'what does not fit is dropped silently',
    fails: [
      'a full queue refuses, and loses nothing of what it took',
      'after the end nothing can be sent, and that is said at once',
    ],
    wrap: of(DropsWhatIsRefused),
  },
  {
    what: 'no event is held back',
    fails: ['an event that is held back comes when its time has come, and not before'],
    wrap: of(NeverHoldsBack),
  },
  {
    what: 'a server that drains goes on taking',
    fails: [
      'an event in flight when a server drains is finished, and does not come again',
      'work in flight when a server drains may call out, and answers',
    ],
    wrap: of(GoesOnTakingWhenQuiet),
  },
  {
    what: 'a request for one replica goes to any',
    fails: ['a request can be meant for one certain replica'],
    wrap: of(ForgetsReplicaNames),
  },
  {
    what: 'calls fail while the service is away',
    fails: [
      'calls made while the only replica restarts wait for it',
      'calls made while the server is gone succeed when it is back within their deadline',
    ],
    // A retry may make good what the transport gives up.
    mayFail: [
      'calls whose deadline passed while the service was away are not handled when it comes',
      'time spent waiting for the service is time of the deadline',
    ],
    wrap: of(FailsInsteadOfWaiting),
  },
  {
    what: 'a cancel leaves a timer behind',
    fails: [
      'a call fails when its deadline passes, and its work is cancelled',
      'a caller that gives up ends its call at once, and the handler is told',
      'a caller that gives up its upload ends the handler’s loop, and its source once',
      'a cancel goes on to what the handler had called',
      'a cancel reaches the very replica that works, and no other call',
      'a client that is closed fails the calls it has open, stops their work and leaves nothing running',
      'a deadline that passes at the second hop ends both',
      'a handler that stops reading makes its caller wait no longer than the idle timeout',
      'a handler whose caller has given up calls nobody else',
      'a reader that leaves runs the generator’s finally, wherever the generator is',
      'a reader that stops holds up nobody else',
      'a source that fails: its caller gets the error, its handler UploadFailed after the items before it',
      'a stream sees the context of its request to the end',
      'an Observable gives its values in order, and is left by a reader that leaves',
      'an Observable that is too fast for its handler fails with StreamOverflow',
      'an item that cannot be sent fails the upload, and says why',
      'an upload lasts longer than its timeouts while it goes on; then the deadline begins',
      'calls made while the server is gone succeed when it is back within their deadline',
      'calls whose deadline passed while the service was away are not handled when it comes',
      'replies of no value, one and many are told apart, whatever the values are',
      'the deadline of a stream runs to its first value, and then an idle timeout from value to value',
      'what a handler is answered, it is answered in its own context',
    ],
    wrap: of(LeavesTimersBehind),
  },
  ...uploadSabotages,
];
