import {
  Client,
  jsonCodec,
  MemoryDeadLetters,
  Server,
  silentLogger,
  systemClock,
  systemRandom,
  Unavailable,
  type ClientPolicies,
  type Handler,
} from '@rookery/core';
import { onTestFinished, expect, test } from 'vitest';
import { HOST, party } from './parties.js';

/*
 * What retries add to the load of a service that fails. Calls come 20 at a time, so that much of the offered load is still to
 * come when the breaker has something to go by.
 */

const CALLS = 4_000;
const codec = jsonCodec({ strict: true });
const common = { clock: systemClock, random: systemRandom, codec };

/** A service of one handler, `work`; resolves with its address. */
async function service(name: string, handler: Handler): Promise<string> {
  const { transport } = party(name, { listen: { host: HOST, port: 0 } });
  const server = new Server({
    ...common,
    service: name,
    transport,
    logger: silentLogger,
    deadLetters: new MemoryDeadLetters(),
  });
  server.handle('work', handler);
  await server.start();
  onTestFinished(() => server.close());
  const [address] = transport.describe().addresses;
  return address ?? '';
}

function caller(from: string, to: string, address: string, policies: ClientPolicies = {}): Client {
  const { transport } = party(from, { services: { [to]: address } });
  return new Client({ ...common, transport, from, to, timeout: 20_000, ...policies });
}

/** Makes all calls, 20 at once, and gives how many succeeded. */
async function load(client: Client): Promise<number> {
  let left = CALLS;
  let succeeded = 0;
  const one = async (): Promise<void> => {
    while (left-- > 0)
      await client.request('work').then(
        () => succeeded++,
        () => undefined,
      );
  };
  await Promise.all(Array.from({ length: 20 }, one));
  return succeeded;
}

/** Quick waits, so that all calls are made while the window of the budget still holds them. */
const QUICK = { retry: { firstDelay: 1, maxDelay: 2 }, idempotent: true };

test('a dead service sees less than 1.15 times what is offered, whether or not the breaker helps', async () => {
  for (const breaker of [undefined, false] as const) {
    let seen = 0;
    const dead = await service('dead', () => {
      seen++;
      throw new Unavailable('dead');
    });
    expect(await load(caller('edge', 'dead', dead, { ...QUICK, breaker }))).toBe(0);
    console.log(`dead service, breaker ${String(breaker ?? 'on')}: ${seen} for ${CALLS} calls`);
    expect(seen).toBeLessThan(1.15 * CALLS);
    if (breaker === undefined) expect(seen).toBeLessThan(0.1 * CALLS);
    else expect(seen).toBeGreaterThan(1.05 * CALLS);
  }
});

test('at the end of a chain of four hops that all retry, a failing service sees less than 1.2 times what is offered', async () => {
  let seen = 0;
  let address = await service('d', () => {
    seen++;
    throw new Unavailable('dead');
  });
  const chain = ['c', 'b', 'a'];
  let next = 'd';
  const policies = { ...QUICK, breaker: false } as const;
  for (const name of chain) {
    const down = caller(name, next, address, policies);
    address = await service(name, () => down.request('work'));
    next = name;
  }
  expect(await load(caller('edge', 'a', address, policies))).toBe(0);
  console.log(`end of the chain: ${seen} for ${CALLS} calls`);
  expect(seen).toBeLessThan(1.2 * CALLS);
  expect(seen).toBeGreaterThan(1.02 * CALLS);
});
