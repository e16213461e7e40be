import {
  createEnvelope,
  jsonCodec,
  MemoryDeadLetters,
  Server,
  SERVER_POLICIES,
  silentLogger,
  systemClock,
  systemRandom,
} from '@rookery/core';
import { SilentTransport } from './silent-transport.js';

/**
 * Nanoseconds that a request takes at its server, transport aside: through the first `steps` policies of the list.
 *
 * @param calls how many are measured, after half as many to warm up
 */
export async function serverCost(steps: number, calls: number): Promise<number> {
  const transport = new SilentTransport();
  const server = new Server({
    ...{ transport, clock: systemClock, random: systemRandom, codec: jsonCodec({ strict: false }) },
    ...{ service: 'math', logger: silentLogger, deadLetters: new MemoryDeadLetters() },
    steps: SERVER_POLICIES.slice(0, steps),
  });
  // A promise, as Nest's handlers give.
  server.handle('sum', async (numbers) => (numbers as number[]).reduce((sum, each) => sum + each, 0));
  await server.start();
  let answered = 0;
  const responder = {
    reply: () => void answered++,
    fail: (failure: string) => {
      throw new Error(failure);
    },
  };
  const take = async (count: number): Promise<void> => {
    answered = 0;
    for (let done = 0; done < count; done += BATCH) {
      for (let each = 0; each < BATCH; each++) {
        const envelope = createEnvelope({
          id: String(done + each),
          pattern: 'sum',
          source: 'bench',
          timeout: 30_000,
        });
        transport.handler?.({ envelope, body: '[1,2,3]' }, 1, responder);
      }
      while (answered < done + BATCH) await new Promise(setImmediate);
    }
  };
  await take(calls / 2);
  const began = process.hrtime.bigint();
  await take(calls);
  const took = Number(process.hrtime.bigint() - began);
  await server.close();
  return took / calls;
}

/** Requests that arrive at once. */
const BATCH = 100;
