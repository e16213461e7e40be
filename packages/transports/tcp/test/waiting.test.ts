import { setTimeout as timersPhase } from 'node:timers/promises';
import { eventually, rejection, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { MAGIC } from '../src/frames/protocol.js';
import { Answer, message, party, type Party } from './parties.js';
import { frame, listen, welcome, type Peer } from './wire.js';

/** Two replicas of `math` that serve two calls at once, `r0` only on its first connection; `r0` is left out. */
async function oneLeftOut() {
  const clock = new VirtualClock();
  const peers: Peer[] = [];
  const greet = (index: number) => (peer: Peer) => {
    if (index === 1 && peers[1]) return;
    peers[index] = peer;
    peer.send(MAGIC, welcome({ service: 'math', replica: `r${index}`, maxRequests: 2 }));
  };
  const urls = [(await listen(greet(0))).url, (await listen(greet(1))).url];
  const caller = party('caller', {
    services: { math: urls },
    heartbeat: 1e6,
    clock,
    balance: { silence: Infinity },
  });
  await caller.transport.reach({ service: 'math' });
  await eventually(() => states(caller).every((state) => state === 'ready'));
  for (let count = 0; count < 3; count++) begin(caller, 'r0').call.cancel('deadline');
  expect(states(caller)).toStrictEqual(['left out', 'ready']);
  begin(caller);
  begin(caller);
  const waiting = begin(caller); // r1 is full
  const [left, full] = peers as [Peer, Peer];
  await eventually(() => full.of(FrameType.request).length === 2);
  expect(waiting.call.sent).toBe(false);
  return { caller, clock, left, full, waiting };
}

function states({ transport }: Party): string[] {
  return (transport.describe().replicas?.['math'] ?? []).map(({ state }) => state);
}

function begin({ transport }: Party, replica?: string) {
  const answer = new Answer();
  const target = { service: 'math', ...(replica === undefined ? {} : { replica }) };
  return { answer, call: transport.request(target, message('echo', 'x', { timeout: 60_000 }), 1, answer) };
}

describe('calls that wait because a replica is full', () => {
  test('go to one that is left out when that is all there is', async () => {
    const { left, full } = await oneLeftOut();
    full.socket.destroy(); // and nobody answers there from now on
    await eventually(() => left.of(FrameType.request).length === 4);
  });

  test('go to one that is back, though none of its own calls makes room', async () => {
    const { caller, clock, left } = await oneLeftOut();
    await clock.advance(1_250);
    begin(caller); // the probe
    await eventually(() => left.of(FrameType.request).length === 4);
    left.send(frame(FrameType.reply, [4, 8]));
    await eventually(() => left.of(FrameType.request).length === 5);
  });
});

test('a call that is given up while its connection breaks is not sent on the next', async () => {
  const peers: Peer[] = [];
  const { url } = await listen((peer) => {
    peers.push(peer);
    peer.send(MAGIC, welcome({ service: 'math' }));
  });
  const caller = party('caller', { services: { math: url } });
  await caller.transport.reach({ service: 'math' });
  const lost = Promise.withResolvers<void>();
  caller.transport.request({ service: 'math' }, message('echo', 'first'), 1, {
    reply: () => undefined,
    fail: () => undefined,
    lost: () => {
      unsent.call.cancel();
      lost.resolve();
    },
  });
  await eventually(() => peers[0]?.of(FrameType.request).length === 1);
  await timersPhase(0); // sockets are read next, and then what was written in this turn leaves
  peers[0]?.socket.end();
  const unsent = begin(caller);
  await lost.promise;
  begin(caller);
  await eventually(() => (peers[1]?.of(FrameType.request).length ?? 0) > 0);
  expect(peers[1]?.of(FrameType.request)).toHaveLength(1);
});

test('a call after close() fails, and leaves nothing behind', async () => {
  const clock = new VirtualClock();
  const urls = ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2'];
  const caller = party('caller', { services: { math: urls }, clock });
  await caller.transport.close();
  const timers = clock.timers;
  expect(await rejection(begin(caller).answer.one())).toMatchObject({ code: 'CLIENT_CLOSED' });
  expect(clock.timers).toBe(timers);
});
