import { ServiceBroker } from 'moleculer';
import type { Calls, Member } from '../../calls.js';
import { brokerOptions, serverNode } from './loopback.js';

export async function connect(port: number): Promise<Calls> {
  const broker = new ServiceBroker(brokerOptions('math-client', `127.0.0.1:${port}/${serverNode}`));
  await broker.start();
  await broker.waitForServices('math', 10_000);
  return {
    sum: (numbers) => broker.call<number, { numbers: readonly number[] }>('math.sum', { numbers }),
    echo: (member) => broker.call<Member, Member>('math.echo', member),
  };
}
