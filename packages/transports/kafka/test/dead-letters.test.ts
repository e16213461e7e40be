import { BrokerAbsent, startBroker, type Broker } from '@rookery/brokers';
import { eventually } from '@rookery/testing';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { fresh, party } from './party.js';

/** Milliseconds for a broker to come back on a busy machine and everybody to notice. */
const RECOVERY = 90_000;

let own: Broker | undefined;
let absent = '';
beforeAll(async () => {
  try {
    own = await startBroker('kafka', { env: {} });
  } catch (error) {
    if (!(error instanceof BrokerAbsent)) throw error;
    absent = error.message;
  }
}, 100_000);
beforeEach(({ skip }) => {
  if (!own) skip(absent);
});
afterAll(() => own?.stop(), 30_000);

/** The log of a service as a replica reads it, and what it has read. */
async function logOf(service: string) {
  const { transport } = party(
    { brokers: own?.url ?? '', requestTimeout: 2_000, acceptTimeout: RECOVERY },
    service,
  );
  onTestFinished(() => transport.close());
  const seen = new Map<string, string | undefined>();
  const log = transport.deadLetters?.(service);
  await log?.read(
    (id, letter) => void seen.set(id, letter),
    () => undefined,
  );
  return { log, seen };
}

test('dead letters are there when the broker was killed and is back, and what is appended meanwhile too', async () => {
  const service = fresh('buried');
  const { log, seen } = await logOf(service);
  await log?.append('a', '1');
  await own?.kill();
  const meanwhile = log?.append('b', '2');
  await own?.restart();
  await meanwhile;
  await log?.append('a', undefined);
  const all = new Map([
    ['a', undefined],
    ['b', '2'],
  ]);
  await eventually(() => expect(seen).toEqual(all), { within: RECOVERY });
  expect((await logOf(service)).seen).toEqual(all);
}, 240_000);
