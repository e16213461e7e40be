import type {
  Body,
  Call,
  Message,
  ReplySink,
  RequestHandler,
  Target,
  UploadDemand,
  UploadItems,
} from '@rookery/core';
import { DelegatingTransport } from './delegating-transport.ts';
import { of, type Sabotage } from './sabotage.ts';

/** Changes what becomes of the items of an upload, or of what is asked for. */
abstract class MeddlesWithUploads extends DelegatingTransport {
  override request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    if (!sink.upload) return super.request(target, message, credit, sink);
    const call = super.request(target, message, credit, {
      upload: this.demand(sink.upload),
      reply: (body, last) => sink.reply(body, last),
      fail: (failure) => sink.fail(failure),
      lost: (error) => sink.lost(error),
    });
    return {
      get sent() {
        return call.sent;
      },
      upload: call.upload && this.items(call.upload),
      credit: (count) => call.credit(count),
      cancel: (why) => call.cancel(why),
    };
  }

  protected demand(demand: UploadDemand): UploadDemand {
    return demand;
  }

  protected items(items: UploadItems): UploadItems {
    return items;
  }
}

class RepeatsItems extends MeddlesWithUploads {
  protected override items(items: UploadItems): UploadItems {
    let count = 0;
    return {
      write(body) {
        items.write(body);
        if (++count % 50 === 1) items.write(body);
      },
      end: () => items.end(),
      fail: (failure) => items.fail(failure),
    };
  }
}

class SwapsItems extends MeddlesWithUploads {
  protected override items(items: UploadItems): UploadItems {
    let held: { body: Body } | undefined;
    const release = () => {
      if (held) items.write(held.body);
      held = undefined;
    };
    return {
      write(body) {
        if (held) {
          items.write(body);
          release();
        } else held = { body };
      },
      end() {
        release();
        items.end();
      },
      fail(failure) {
        release();
        items.fail(failure);
      },
    };
  }
}

class AsksForAll extends MeddlesWithUploads {
  protected override demand(demand: UploadDemand): UploadDemand {
    return { credit: () => demand.credit(1_000_000, 1e12), stop: () => demand.stop() };
  }
}

class AsksAtOnce extends MeddlesWithUploads {
  override request(target: Target, message: Message, credit: number, sink: ReplySink): Call {
    const call = super.request(target, message, credit, sink);
    setImmediate(() => sink.upload?.credit(1, 1));
    return call;
  }
}

class NeverStops extends MeddlesWithUploads {
  protected override demand(demand: UploadDemand): UploadDemand {
    return { credit: (count, bytes) => demand.credit(count, bytes), stop() {} };
  }
}

class EndsCutUploads extends DelegatingTransport {
  override serve(service: string, handler: RequestHandler): void {
    super.serve(service, (message, credit, responder) => {
      const call = handler(message, credit, responder);
      const { upload } = call;
      if (!upload) return call;
      return {
        upload: { write: (body) => upload.write(body), end: () => upload.end(), fail: () => upload.end() },
        credit: (count) => call.credit(count),
        cancel(cause) {
          upload.end();
          call.cancel(cause);
        },
      };
    });
  }
}

/** Ways to be wrong about uploads. */
export const uploadSabotages: readonly Sabotage[] = [
  {
    what: 'items are repeated',
    fails: [
      'a caller that gives up its upload ends the handler’s loop, and its source once',
      'a caller that is gone ends the handler’s loop with an error, never as if the upload were whole',
      'a conversation: each item is answered before the next one is thought of',
      'a slow handler slows the source, which is never more than the window ahead, nor touched before',
      'a source that fails: its caller gets the error, its handler UploadFailed after the items before it',
      'an item that cannot be sent fails the upload, and says why',
      'an upload of large items is whole, and no more of it waits than the window has bytes',
      'an upload that is read and gives nothing for the service’s streamIdleTimeout ends its handler’s loop',
      'an upload that the service’s shutdown cuts off ends with an error on both sides',
      'an upload whose service dies fails, and is not begun again',
      'both directions stream at once, whichever side is the slower one',
      'the items of an upload are what they were, bytes and nothing included',
      'the items of an upload arrive in order: none, one, thousands, from an iterable or an Observable',
      'uploads at the same time are each in order, and hold up nobody else',
    ],
    wrap: of(RepeatsItems),
  },
  {
    what: 'items are reordered',
    fails: [
      'a conversation: each item is answered before the next one is thought of',
      'a slow handler slows the source, which is never more than the window ahead, nor touched before',
      'a source that fails: its caller gets the error, its handler UploadFailed after the items before it',
      'an item that cannot be sent fails the upload, and says why',
      'an upload of large items is whole, and no more of it waits than the window has bytes',
      'both directions stream at once, whichever side is the slower one',
      'the items of an upload are what they were, bytes and nothing included',
      'the items of an upload arrive in order: none, one, thousands, from an iterable or an Observable',
      'uploads at the same time are each in order, and hold up nobody else',
    ],
    wrap: of(SwapsItems),
  },
  {
    what: 'all of an upload is asked for',
    fails: [
      'a handler that stops reading makes its caller wait no longer than the idle timeout',
      'a slow handler slows the source, which is never more than the window ahead, nor touched before',
      'an Observable that is too fast for its handler fails with StreamOverflow',
      'an upload of large items is whole, and no more of it waits than the window has bytes',
    ],
    wrap: of(AsksForAll),
  },
  {
    what: 'an upload is asked for before its handler reads',
    fails: ['a slow handler slows the source, which is never more than the window ahead, nor touched before'],
    wrap: of(AsksAtOnce),
  },
  {
    what: 'nobody is told to stop an upload',
    fails: ['a handler that leaves its loop stops the source, and may still answer'],
    wrap: of(NeverStops),
  },
  {
    what: 'an upload that is cut off looks whole',
    fails: [
      'a caller that gives up its upload ends the handler’s loop, and its source once',
      'a caller that is gone ends the handler’s loop with an error, never as if the upload were whole',
      'a source that fails: its caller gets the error, its handler UploadFailed after the items before it',
      'an Observable that is too fast for its handler fails with StreamOverflow',
      'an item that cannot be sent fails the upload, and says why',
    ],
    wrap: of(EndsCutUploads),
  },
];
