import { Client, CLIENT_POLICIES, jsonCodec, systemClock, systemRandom, type StepMaker } from '@rookery/core';
import { SilentTransport } from './silent-transport.js';

/**
 * Nanoseconds that a request takes at its caller, transport aside: through the first `steps` policies of the list.
 *
 * @param calls how many are measured, after half as many to warm up
 */
export async function clientCost(steps: number, calls: number): Promise<number> {
  const transport = new SilentTransport();
  const order: readonly StepMaker[] = CLIENT_POLICIES.slice(0, steps);
  const codec = jsonCodec({ strict: false });
  const client = new Client({
    ...{ transport, codec, order, clock: systemClock, random: systemRandom },
    ...{ from: 'bench', to: 'math' },
  });
  const make = async (count: number): Promise<void> => {
    const body = [1, 2, 3];
    const waiting: Promise<unknown>[] = [];
    for (let done = 0; done < count; done += BATCH) {
      for (let each = 0; each < BATCH; each++) waiting.push(client.request('sum', body));
      transport.answer('6');
      for (const each of waiting) await each;
      waiting.length = 0;
    }
  };
  await make(calls / 2);
  const began = process.hrtime.bigint();
  await make(calls);
  const took = Number(process.hrtime.bigint() - began);
  client.close();
  return took / calls;
}

/** Calls in flight at once. */
const BATCH = 100;
