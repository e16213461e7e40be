// A replica of a service as a process of its own: `stock` or `rookery`, the major of Nest, the broker, the queue, the prefix. The
// handlers are the same, written for stock Nest: they settle their messages by hand. SIGTERM ends it as Nest ends a service.
import 'reflect-metadata';
import type { RmqContext } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { rabbitmq } from '@rookery/rabbitmq';
import { nestOf } from './nest-of.ts';

const [kind, major = '12', url = '', queue = '', prefix = ''] = process.argv.slice(2);
const { common, core, microservices } = nestOf(major);
const { Ctx, EventPattern, MessagePattern, Payload, Transport } = microservices;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const work = () => new Promise((resolve) => setTimeout(resolve, 20));

function acknowledge(context: RmqContext): void {
  const channel = context.getChannelRef() as { ack(message: unknown): void };
  channel.ack(context.getMessage());
}

class Handlers {
  async moved(n: number, context: RmqContext): Promise<void> {
    await work();
    say(`event ${n}`);
    acknowledge(context);
  }

  async asked(n: number, context: RmqContext): Promise<number> {
    await work();
    say(`request ${n}`);
    acknowledge(context);
    return n;
  }
}

for (const [method, pattern] of [
  ['moved', EventPattern<string>('moved')],
  ['asked', MessagePattern<string>('asked')],
] as const) {
  const descriptor = Object.getOwnPropertyDescriptor(Handlers.prototype, method) as PropertyDescriptor;
  pattern(Handlers.prototype, method, descriptor);
  Payload()(Handlers.prototype, method, 0);
  Ctx()(Handlers.prototype, method, 1);
}
common.Controller()(Handlers);

class App {}
common.Module({ controllers: [Handlers] })(App);

const nest = { queue, noAck: false, prefetchCount: 20, queueOptions: { durable: true } };
const stock = { transport: Transport.RMQ, options: { urls: [url], ...nest } } as const;
const own = () => rookery({ service: 'moved', transport: rabbitmq({ url, prefix, nest }) });

const app = await core.NestFactory.createMicroservice(App, {
  ...(kind === 'stock' ? stock : own()),
  logger: false,
});
process.once('SIGTERM', () => {
  say('closing');
  void app.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
// What stock Nest cannot answer any more, because its channel is closed, it rejects for nobody.
process.on('unhandledRejection', () => undefined);
await app.listen();
say('ready');
