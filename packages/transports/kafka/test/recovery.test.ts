import { BrokerAbsent, startBroker, sharedBroker, type Broker } from '@rookery/brokers';
import { eventually } from '@rookery/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cut } from './kill.js';
import { event, fresh, party, subscribe, type Party } from './party.js';
import { ask, serve } from './requests.js';

/** Milliseconds for a broker to come back on a busy machine and everybody to notice. */
const RECOVERY = 90_000;

const PATIENT = { requestTimeout: 2_000, acceptTimeout: RECOVERY, openTimeout: RECOVERY };

let own: Broker | undefined;
const shared = sharedBroker('kafka');

beforeAll(async () => {
  if ('absent' in shared) return;
  own = await startBroker('kafka', { env: {} }).catch((error: unknown) => {
    // The shared one may be the environment's, on a machine that cannot start another.
    if (error instanceof BrokerAbsent) return undefined;
    throw error;
  });
}, 100_000);
beforeEach(({ skip }) => {
  if ('absent' in shared) skip(shared.absent);
  if (!own) skip('no broker of our own can be started here, and others are not killed');
});
afterAll(() => own?.stop());

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function joined(service?: string, options = {}): Party {
  const one = party({ brokers: own?.url ?? '', ...PATIENT, ...options }, service);
  closing.push(() => one.transport.close());
  return one;
}

/** Counts what reaches an endpoint of a service. */
function counting(service: string, pattern: string): { one: Party; seen: Map<string, number> } {
  const one = joined(service);
  const seen = new Map<string, number>();
  subscribe(one, service, [pattern], ({ message, settle }) => {
    const body = String(message.body);
    seen.set(body, (seen.get(body) ?? 0) + 1);
    settle({ outcome: 'accept' });
  });
  return { one, seen };
}

/** Publishes one event after the other until told to stop; resolves with those that were accepted. */
function publishing({ transport }: Party, pattern: string): { stop: () => Promise<string[]> } {
  let going = true;
  const accepted: string[] = [];
  const run = async (): Promise<void> => {
    for (let n = 0; going; n++) {
      const [outcome] = await transport.publish([
        { message: event(pattern, String(n), { key: `k${n % 3}` }) },
      ]);
      if (outcome?.status === 'stored') accepted.push(String(n));
    }
  };
  const done = run();
  return {
    async stop() {
      going = false;
      await done;
      return accepted;
    },
  };
}

test('a service and a caller that begin before the broker does wait for it', async () => {
  const [service, pattern] = [fresh('early'), fresh('counted')];
  await own?.kill();
  const { one, seen } = counting(service, pattern);
  serve(one, service);
  const opened = one.transport.open();
  const caller = joined();
  const answer = ask(caller, service, 'early', RECOVERY);
  const stored = caller.transport.publish([{ message: event(pattern, 'early'), to: service }]);
  await eventually(() => 'cause' in one.transport.state);
  const late = joined(undefined, { openTimeout: 200 }).transport.open();
  await expect(late).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  await own?.restart();
  await opened;
  expect(await answer).toBe('early');
  expect(await stored).toEqual([{ status: 'stored' }]);
  await eventually(() => seen.get('early') === 1, { within: RECOVERY });
}, 240_000);

test('connections that are cut again and again lose no event and no request, and store none twice', async () => {
  const [service, pattern] = [fresh('cut'), fresh('counted')];
  const { one, seen } = counting(service, pattern);
  serve(one, service);
  await one.transport.open();
  const publisher = joined();
  const flow = publishing(publisher, pattern);
  await eventually(() => seen.size > 20, { within: RECOVERY });
  for (let round = 0; round < 8; round++) {
    cut(publisher.transport);
    if (round % 2 === 0) cut(one.transport);
    const before = seen.size;
    await eventually(() => seen.size > before + 20, { within: RECOVERY });
    expect(await ask(publisher, service, String(round), RECOVERY)).toBe(String(round));
  }
  const accepted = await flow.stop();
  await eventually(() => accepted.every((n) => seen.has(n)), { within: RECOVERY });
  expect([...seen].filter(([, times]) => times > 1)).toEqual([]);
}, 240_000);
