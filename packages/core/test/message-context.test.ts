import { turn, VirtualClock } from '@rookery/testing';
import { expect, test, vi } from 'vitest';
import { currentContext, runInContext } from '../src/context/ambient.js';
import { MessageContext } from '../src/context/message-context.js';
import { createEnvelope, type Envelope } from '../src/envelope/envelope.js';

function contextOf(fields: Partial<Envelope> = {}) {
  const clock = new VirtualClock(1_000_000);
  const envelope = createEnvelope({ id: 'm1', pattern: 'p', ...fields });
  return { clock, context: new MessageContext(envelope, 'service', 1, clock) };
}

test('remaining counts down to 0 and not below', () => {
  const { clock, context } = contextOf({ timeout: 100 });
  expect(context.remaining).toBe(100);
  clock.stall(60);
  expect(context.remaining).toBe(40);
  clock.stall(60);
  expect(context.remaining).toBe(0);
});

test('without a timeout, or once answered, there is no end to it', () => {
  expect(contextOf().context.remaining).toBe(Infinity);
  const { context } = contextOf({ timeout: 100 });
  context.answered();
  expect(context.remaining).toBe(Infinity);
});

test('the correlation id is that of the envelope, or the message’s own', () => {
  expect(contextOf().context.correlationId).toBe('m1');
  expect(contextOf({ correlationId: 'order-7' }).context.correlationId).toBe('order-7');
});

test('a cancel aborts the signal, with its reason, whether it was read before or after', () => {
  const { context } = contextOf();
  const early = context.signal;
  expect([early.aborted, context.cancelled]).toEqual([false, false]);
  context.throwIfCancelled();
  context.cancel('the caller is gone');
  expect([early.aborted, context.cancelled]).toEqual([true, true]);
  expect(context.signal).toBe(early);
  expect(early.reason).toMatchObject({ code: 'CANCELLED', message: 'the caller is gone' });
  expect(() => context.throwIfCancelled()).toThrow('the caller is gone');

  const { context: other } = contextOf();
  other.cancel('stopped');
  expect(other.signal.aborted).toBe(true);
  expect(other.signal.reason).toMatchObject({ code: 'CANCELLED', message: 'stopped' });
});

test('a cancel reaches all that was adopted and not released, once', () => {
  const { context } = contextOf();
  const [kept, alsoKept, released] = [1, 2, 3].map(() => ({ cancelledBy: vi.fn() }));
  for (const child of [kept!, alsoKept!, released!]) context.adopt(child);
  context.release(released!);
  context.cancel('first');
  context.cancel('second');
  for (const child of [kept!, alsoKept!]) {
    expect(child.cancelledBy).toHaveBeenCalledTimes(1);
    expect(child.cancelledBy).toHaveBeenCalledWith(expect.objectContaining({ message: 'first' }));
  }
  expect(released!.cancelledBy).not.toHaveBeenCalled();
  expect(context.signal.reason).toMatchObject({ message: 'first' });
});

test('a child that releases itself and others while it is cancelled does no harm', () => {
  const { context } = contextOf();
  const cancelled: number[] = [];
  const children = Array.from({ length: 3 }, (_, index) => ({
    cancelledBy: () => {
      cancelled.push(index);
      for (const child of children) context.release(child);
    },
  }));
  for (const child of children) context.adopt(child);
  context.cancel('over');
  expect(cancelled).toEqual([0, 1, 2]);
});

test('a cancel goes down a chain of messages', () => {
  const { context: outer } = contextOf();
  const { context: inner } = contextOf();
  outer.adopt({ cancelledBy: (reason) => inner.cancel(reason.message) });
  outer.cancel('the first caller is gone');
  expect(inner.signal.reason).toMatchObject({ message: 'the first caller is gone' });
});

test('two handlers in one turn see each their own context, however they interleave', async () => {
  expect(currentContext()).toBeUndefined();
  const contexts = ['a', 'b'].map((id) => contextOf({ id }).context);
  const seen = await Promise.all(
    contexts.map((context) =>
      runInContext(context, async () => {
        const ids = [currentContext()?.envelope.id];
        await Promise.resolve();
        ids.push(currentContext()?.envelope.id);
        await turn();
        ids.push(currentContext()?.envelope.id);
        runInContext(undefined, () => ids.push(currentContext()?.envelope.id));
        return ids;
      }),
    ),
  );
  expect(seen).toEqual([
    ['a', 'a', 'a', undefined],
    ['b', 'b', 'b', undefined],
  ]);
  expect(currentContext()).toBeUndefined();
});
