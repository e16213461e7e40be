// A replica in a process of its own, `service.ts <stock|rookery> <host:port> <name> <events' topic> <requests' topic> [rolling]`:
// the same controller on stock Nest or on Rookery, in the same group. It says what it has handled to its parent, and ends on
// SIGTERM as Nest's shutdown hooks have it.
import 'reflect-metadata';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { kafka } from '@rookery/kafka';
import { rookery } from '@rookery/nestjs';
import kafkajs from 'kafkajs';
import { nestOf } from '../cutover/nest-of.ts';

const [kind, broker = '', name = '', events = '', requests = '', rolling] = process.argv.slice(2);

// Rookery has Nest as Node finds it here, stock Nest is of the major that the tests run on.
const { common, core, microservices } = nestOf(kind === 'stock' ? (process.env['NEST_MAJOR'] ?? '12') : '12');
const { EventPattern, MessagePattern, Transport } = microservices;

const say = (what: object): void => void process.send?.(what);
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

class Orders {
  async created({ n }: { n: number }): Promise<void> {
    await pause(); // as long as a small write takes
    say({ event: n });
  }

  async total({ n }: { n: number }): Promise<object> {
    await pause();
    say({ request: n });
    return { total: n };
  }
}

// Node runs this file as it is, and knows no decorators.
const decorate = (decorator: MethodDecorator, method: 'created' | 'total'): void => {
  const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, method);
  if (descriptor) decorator(Orders.prototype, method, descriptor);
};
common.Controller()(Orders);
decorate(EventPattern<string>(events), 'created');
decorate(MessagePattern(requests), 'total');
class App {}
common.Module({ controllers: [Orders] })(App);

const stock: MicroserviceOptions = {
  transport: Transport.KAFKA,
  options: {
    client: { clientId: name, brokers: [broker], logLevel: kafkajs.logLevel.NOTHING },
    consumer: { groupId: name, sessionTimeout: 6_000, heartbeatInterval: 200 },
  },
};

const moved = (): MicroserviceOptions =>
  rookery({
    service: name,
    transport: kafka({
      brokers: `kafka://${broker}`,
      wires: ['rookery', 'nest'],
      group: `${name}-server`,
      rolling: rolling === 'rolling',
      partitions: { events: 2, requests: 2, replies: 2 },
      ...{ sessionTimeout: 6_000, heartbeat: 200 },
    }),
  });

const app = await core.NestFactory.createMicroservice<MicroserviceOptions>(App, {
  ...(kind === 'stock' ? stock : moved()),
  logger: ['error'],
});
app.enableShutdownHooks();
await app.listen();
say({ ready: true });
