import type { Random } from '@rookery/core';
import { eventually, rejection, seededRandom, VirtualClock } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { decodeFailure, encodeFailure, Unavailable } from '@rookery/core';
import { FrameType } from '../src/frames/frame-type.js';
import { MAGIC } from '../src/frames/protocol.js';
import { tcp } from '../src/tcp.js';
import { Answer, ask, message, party, serve, type Party, type PartyOptions } from './parties.js';
import { frame, listen, welcome, type Peer } from './wire.js';

/** Counts what is drawn. */
class Drawn implements Random {
  draws = 0;
  readonly #random = seededRandom(7);
  next(): number {
    this.draws++;
    return this.#random.next();
  }
  token(length: number): string {
    return this.#random.token(length);
  }
}

/** Replicas of `math` spoken by hand, and a caller that is connected to all of them. */
async function replicas(count: number, options: PartyOptions = {}) {
  const peers: Peer[] = [];
  const urls: string[] = [];
  for (let index = 0; index < count; index++) {
    const { url } = await listen((peer) => {
      peers[index] = peer;
      peer.send(MAGIC, welcome({ service: 'math', replica: `r${index}` }));
    });
    urls.push(url);
  }
  const caller = party('caller', { services: { math: urls }, heartbeat: 1e6, ...options });
  await caller.transport.reach({ service: 'math' });
  await eventually(() => states(caller).length === count && states(caller).every((one) => one === 'ready'));
  return { ...caller, peers };
}

function states({ transport }: Pick<Party, 'transport'>): string[] {
  return (transport.describe().replicas?.['math'] ?? []).map(({ state }) => state);
}

function loads({ transport }: Pick<Party, 'transport'>): number[] {
  return (transport.describe().replicas?.['math'] ?? []).map(({ inFlight = 0 }) => inFlight);
}

/** Answers all calls that a peer has got, whose numbers are less than 128; answered ones are ignored. */
function answerAll(peer: Peer): void {
  for (const fields of peer.of(FrameType.request))
    peer.send(frame(FrameType.reply, [fields[0] as number, 8]));
}

function begin({ transport }: Pick<Party, 'transport'>, replica?: string) {
  const answer = new Answer();
  const target = { service: 'math', ...(replica === undefined ? {} : { replica }) };
  const call = transport.request(target, message('echo', 'x', { timeout: 60_000 }), 1, answer);
  return { call, answer };
}

describe('the choice among replicas', () => {
  test('draws once for a call, and keeps the loads close together', async () => {
    const random = new Drawn();
    const party = await replicas(5, { random });
    const before = random.draws;
    for (let call = 0; call < 500; call++) begin(party);
    expect(random.draws - before).toBe(500);
    // Two choices: the largest of n bins is above the mean by about log log n, not by the root of the mean.
    expect(Math.max(...loads(party)) - Math.min(...loads(party))).toBeLessThanOrEqual(6);
  });

  test('draws nothing for the only one', async () => {
    const random = new Drawn();
    const party = await replicas(1, { random });
    const before = random.draws;
    for (let call = 0; call < 10; call++) begin(party);
    expect(random.draws).toBe(before);
    expect(loads(party)).toStrictEqual([10]);
  });

  test('spreads calls over idle replicas, too', async () => {
    const party = await replicas(3, { random: seededRandom(5) });
    const counts = [0, 0, 0];
    for (let call = 0; call < 300; call++) {
      const { call: one } = begin(party);
      const at = loads(party).indexOf(1);
      counts[at] = (counts[at] ?? 0) + 1;
      one.cancel();
    }
    for (const count of counts) expect(count).toBeGreaterThan(60);
  });

  test('gives a certain replica its calls', async () => {
    const party = await replicas(3);
    for (let call = 0; call < 5; call++) begin(party, 'r1');
    expect(loads(party)).toStrictEqual([0, 5, 0]);
    expect(await rejection(begin(party, 'r9').answer.one())).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a replica that fails', () => {
  test('three times in a row by deadlines is left out, for longer every time, and probed by one call', async () => {
    const time = new VirtualClock();
    const party = await replicas(2, { clock: time, balance: { silence: Infinity } });
    const heard: string[] = [];
    party.transport.watchReplicas?.(({ service, replica, state }) =>
      heard.push(`${service} ${replica} ${state}`),
    );
    const expire = (replica?: string) => begin(party, replica).call.cancel('deadline');
    expire('r0');
    expire('r0');
    begin(party, 'r0').call.cancel('caller');
    begin(party, 'r0').call.cancel();
    expect(states(party)).toStrictEqual(['ready', 'ready']);
    expire('r0');
    expect(states(party)).toStrictEqual(['left out', 'ready']);
    expect(party.log.about('(r0) gets no calls for')).toHaveLength(1);
    expect(party.log.about('3 failures in a row')).toHaveLength(1);

    for (let call = 0; call < 5; call++) begin(party);
    expect(loads(party)).toStrictEqual([0, 5]);
    await time.advance(999);
    begin(party);
    expect(loads(party)).toStrictEqual([0, 6]);
    await time.advance(251); // and a quarter of chance
    const probe = begin(party);
    for (let call = 0; call < 5; call++) begin(party);
    expect(loads(party)).toStrictEqual([1, 11]);
    expect(states(party)).toStrictEqual(['probing', 'ready']);

    probe.call.cancel('deadline');
    expect(states(party)).toStrictEqual(['left out', 'ready']);
    await time.advance(1_999);
    begin(party);
    expect(loads(party)).toStrictEqual([0, 12]);
    await time.advance(501);

    begin(party).call.cancel(); // the caller's own end says nothing
    const { answer } = begin(party);
    expect(states(party)).toStrictEqual(['probing', 'ready']);
    const peer = party.peers[0] as Peer;
    await eventually(() => peer.of(FrameType.request).length === 8);
    peer.send(frame(FrameType.reply, [8, 8]));
    await answer.all;
    expect(states(party)).toStrictEqual(['ready', 'ready']);
    expect(party.log.about('answers again')).toHaveLength(1);
    expect(party.log.about('gets no calls for')).toHaveLength(1);
    expect(heard.map((each) => each.replace(/^\S+ /, ''))).toStrictEqual(['r0 out', 'r0 back']);
  });

  test('by answers that it is unavailable is left out; other errors are answers, also those of a service behind it', async () => {
    const fromBehind = '{"k":"r","origin":"bank","code":"UNAVAILABLE","message":"no","recourse":"unknown"}';
    const passedOn = decodeFailure(fromBehind, false) as Error;
    const party = await replicas(2);
    const peer = party.peers[0] as Peer;
    const fail = async (number: number, error: Error) => {
      const { answer } = begin(party, 'r0');
      peer.send(frame(FrameType.fail, [number, 9], encodeFailure(error, false)));
      await rejection(answer.one());
    };
    await fail(1, new Unavailable('no'));
    await fail(2, new Unavailable('no'));
    await fail(3, new Error('a handler of its own mind'));
    await fail(4, new Unavailable('no'));
    await fail(5, new Unavailable('no'));
    expect(states(party)).toStrictEqual(['ready', 'ready']);
    await fail(6, passedOn);
    await fail(7, new Unavailable('no'));
    await fail(8, new Unavailable('no'));
    expect(states(party)).toStrictEqual(['ready', 'ready']);
    await fail(9, new Unavailable('no'));
    expect(states(party)).toStrictEqual(['left out', 'ready']);
  });

  test('by losing connections under calls is left out when it is back', async () => {
    const party = await replicas(2, { balance: { failures: 2 }, random: { next: () => 0, token: String } });
    for (const [round, expected] of ['ready', 'left out'].entries()) {
      const peer = party.peers[0] as Peer;
      const { answer } = begin(party, 'r0');
      await eventually(() => peer.of(FrameType.request).length === 1);
      peer.socket.destroy();
      expect(await rejection(answer.one())).toMatchObject({ code: 'CONNECTION_LOST' });
      await eventually(() => states(party)[0] === expected, { within: 2_000 + round });
    }
  });

  test('is not left out when it is the last one; a call that is too large is no probe', async () => {
    const time = new VirtualClock();
    const party = await replicas(2, { clock: time });
    for (const replica of ['r0', 'r1']) {
      for (let call = 0; call < 5; call++) begin(party, replica).call.cancel('deadline');
    }
    expect(states(party)).toStrictEqual(['left out', 'ready']);
    await time.advance(1_250);
    const answer = new Answer();
    const body = 'x'.repeat(2_000_000); // more than the peers said that they take
    party.transport.request({ service: 'math' }, message('echo', body), 1, answer);
    expect(await rejection(answer.one())).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    begin(party);
    expect(states(party)).toStrictEqual(['probing', 'ready']);
  });

  test('by silence under several calls is left out before any deadline, unless nobody answers', async () => {
    const time = new VirtualClock();
    const party = await replicas(3, { clock: time });
    const [, one, two] = party.peers as [Peer, Peer, Peer];
    for (let call = 0; call < 2; call++) begin(party, 'r0');
    for (let call = 0; call < 30; call++) begin(party);
    const round = async (answering: boolean) => {
      if (answering) {
        begin(party, 'r1');
        begin(party, 'r2');
        const asked = [one, two].map((peer) => peer.of(FrameType.request).length);
        await eventually(() =>
          [one, two].every((peer, at) => peer.of(FrameType.request).length > (asked[at] as number)),
        );
        for (const peer of [one, two]) {
          const last = peer.of(FrameType.request).at(-1)?.[0] as number;
          peer.send(frame(FrameType.reply, [last, 8]));
        }
        const before = loads(party);
        await eventually(() =>
          loads(party)
            .slice(1)
            .every((load, at) => load < (before[at + 1] as number)),
        );
      }
      await time.advance(100);
    };
    for (let count = 0; count < 20; count++) await round(false);
    expect(states(party)).toStrictEqual(['ready', 'ready', 'ready']);
    for (let count = 0; count < 5; count++) await round(true);
    expect(states(party)).toStrictEqual(['ready', 'ready', 'ready']); // the others are slow as well
    for (let waited = 0; states(party)[0] === 'ready'; waited++) {
      expect(waited).toBeLessThan(200);
      await round(true);
      answerAll(one);
      answerAll(two);
    }
    expect(states(party)).toStrictEqual(['left out', 'ready', 'ready']);
    expect(party.log.about('answered none of its')).toHaveLength(1);
  });
});

describe('options of the balance', () => {
  test.each([
    [{ connections: 0 }, 'connections is 0'],
    [{ resolve: { interval: 0 } }, 'resolve.interval is 0'],
    [{ balance: { failures: 0 } }, 'balance.failures is 0'],
    [{ balance: { silence: Number.NaN } }, 'balance.silence is NaN'],
  ])('%j is refused', (options, text) => {
    expect(() => tcp(options)).toThrow(text);
  });
});

describe('a call that has not left', () => {
  test('goes to another replica when its connection is lost', async () => {
    const party = await replicas(2);
    const [peer] = party.peers as [Peer, Peer];
    // Written in the same turn in which the connection is torn down by this side.
    const sockets = party.transport.unwrap() as { destroy(): void }[];
    const { answer } = begin(party, 'r0');
    sockets[0]?.destroy();
    const any = Array.from({ length: 4 }, () => begin(party));
    const other = party.peers[1] as Peer;
    await eventually(() => other.of(FrameType.request).length === 4);
    answerAll(other);
    await Promise.all(any.map(({ answer: one }) => one.all));
    expect(peer.of(FrameType.request)).toHaveLength(0);
    // The one for a certain replica waits until that is back.
    await eventually(() => (party.peers[0] as Peer).of(FrameType.request).length === 1);
    answerAll(party.peers[0] as Peer);
    await answer.all;
  });

  test('goes to the one that answers when others cannot be reached', async () => {
    const server = await serve('math');
    const wrong = await serve('physics');
    const services = { math: ['tcp://127.0.0.1:1', wrong.url, server.url] };
    const { transport } = party('caller', { services });
    expect(await ask(transport, 'math', 'x')).toBe('x');
  });

  test('fails at once when all addresses are wrong', async () => {
    const wrong = await Promise.all([serve('physics'), serve('biology')]);
    const { transport } = party('caller', { services: { math: wrong.map(({ url }) => url) } });
    expect(await rejection(ask(transport, 'math', 'x'))).toMatchObject({
      code: 'ADDRESS_UNUSABLE',
      recourse: 'terminal',
    });
  });
});
