import { AsyncLocalStorage } from 'node:async_hooks';
import { seededRandom, turn, VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { currentContext, runInContext } from '../src/context/ambient.js';
import { MessageContext } from '../src/context/message-context.js';
import { FRAMED, Surroundings } from '../src/context/surroundings.js';
import { createEnvelope } from '../src/envelope/envelope.js';
import { currentRuntime, runInRuntime } from '../src/runtime/runtime.js';

const message = (id: string) =>
  new MessageContext(createEnvelope({ id, pattern: 'p' }), 'orders', 1, new VirtualClock());
const current = () => currentContext()?.messageId;

test('work is below its own message, and what called it is as before', async () => {
  const surroundings = new Surroundings();
  const seen: unknown[] = [];
  const handle = (id: string) => async () => {
    seen.push(current());
    await turn();
    seen.push(current());
    expect(current()).toBe(id);
  };
  const done = runInContext(message('outer'), () => {
    const works = ['a', 'b'].map((id) => surroundings.run(message(id), handle(id)));
    expect(current()).toBe('outer');
    return works;
  });
  await Promise.all(done);
  expect(current()).toBeUndefined();
  expect(seen).toEqual(['a', 'b', 'a', 'b']);
});

test('one within another, and one that throws, leave what was there', () => {
  const surroundings = new Surroundings();
  surroundings.run(message('a'), () => {
    surroundings.run(message('b'), () => expect(current()).toBe('b'));
    expect(current()).toBe('a');
    const fail = () => {
      throw new Error('x');
    };
    expect(() => surroundings.run(message('c'), fail)).toThrow('x');
    expect(current()).toBe('a');
  });
  expect(current()).toBeUndefined();
});

test('nothing is ambient of where it was made and of where the message comes from', ({ skip }) => {
  skip(!FRAMED, 'before Node 24 what is ambient where a message is brought is seen by its handler');
  const storage = new AsyncLocalStorage<string>();
  const surroundings = storage.run('made', () => new Surroundings());
  storage.run('brought', () => {
    surroundings.run(message('a'), () => {
      expect(storage.getStore()).toBeUndefined();
      storage.enterWith('entered');
    });
    expect(storage.getStore()).toBe('brought');
  });
  expect(surroundings.run(message('b'), () => storage.getStore())).toBeUndefined();
});

test('what a harness has lent is there', () => {
  const runtime = {
    clock: new VirtualClock(),
    random: seededRandom(1),
    deadlines: currentRuntime().deadlines,
  };
  const surroundings = runInRuntime(runtime, () => new Surroundings());
  runInRuntime(runtime, () => surroundings.run(message('a'), () => expect(currentRuntime()).toBe(runtime)));
});
