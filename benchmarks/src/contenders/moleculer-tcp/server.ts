import { ServiceBroker, type Context } from 'moleculer';
import type { Member } from '../../calls.js';
import { sumOf } from '../../load/payload.js';
import { brokerOptions, serverNode } from './loopback.js';

export async function startServer(): Promise<number> {
  const broker = new ServiceBroker(brokerOptions(serverNode));
  broker.createService({
    name: 'math',
    actions: {
      // a body is an object here: Moleculer merges `params` with others in places
      sum: (context: Context<{ numbers: number[] }>) => sumOf(context.params.numbers),
      echo: (context: Context<Member>) => context.params,
    },
  });
  await broker.start();
  return (broker.getLocalNodeInfo() as { port: number }).port;
}
