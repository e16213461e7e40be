import { ConnectionLost, NoHandler } from '@rookery/core';
import { Load, turn, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { assertHonest, assertUnharmed, begunWithin } from '../../src/faults/assertions.js';

/** A load of ten calls, of which the first does this. */
async function loadOf(first: () => Promise<unknown>): Promise<Load> {
  const clock = new VirtualClock();
  const options = { perSecond: 1_000, lasting: 10, timeout: 20, margin: 10, clock };
  const load = new Load(options, async (index) => (index === 0 ? first() : index));
  let over = false;
  void load.settled().then(() => (over = true));
  while (!over) {
    await clock.advance(2);
    await turn();
  }
  return load;
}

const failing = (error: Error) => () => Promise.reject(error);

describe('what a scenario asserts of a load', () => {
  test('is so when every call succeeds', async () => {
    const load = await loadOf(async () => 'fine');
    assertHonest(load);
    assertUnharmed(load);
    expect(begunWithin(load, 0)).toHaveLength(10);
  });

  test('is not so when one call hangs', async () => {
    const load = await loadOf(() => new Promise(() => undefined));
    expect(() => assertHonest(load)).toThrow('1 calls hung');
    expect(() => assertUnharmed(load)).toThrow('1 calls hung');
  });

  test('tells an honest failure from a foreign one and from one that does not say what became of the call', async () => {
    const honest = await loadOf(failing(new ConnectionLost('cut')));
    assertHonest(honest);
    expect(() => assertUnharmed(honest)).toThrow('1 of 10 calls failed');
    assertUnharmed(honest, honest.calls.slice(1));
    const foreign = await loadOf(failing(new Error('socket hang up')));
    expect(() => assertHonest(foreign)).toThrow('not an error of Rookery’s');
    const terminal = await loadOf(failing(new NoHandler('none')));
    expect(() => assertHonest(terminal)).toThrow('does not say what became of the call');
  });

  test('is not so when nothing was looked at', async () => {
    const load = await loadOf(async () => 'fine');
    expect(() => begunWithin(load, 1_000)).toThrow('no call began');
  });
});
