import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxy, ClientsModule, Ctx, MessagePattern, Transport } from '@nestjs/microservices';
import { Deadlines, runInRuntime, systemClock, systemRandom, type Runtime } from '@rookery/core';
import { memory } from '@rookery/memory';
import { rookery, RookeryBus, RookeryClient, RookeryContext, RookeryModule } from '@rookery/nestjs';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';

@Controller()
class WhoController {
  @MessagePattern('who', Transport.TCP)
  who(_data: unknown, @Ctx() context: RookeryContext) {
    return context.source;
  }
}

@Module({ controllers: [WhoController] })
class WhoModule {}

@Injectable()
class Caller {
  constructor(
    @Inject('WHO') readonly who: ClientProxy,
    readonly bus: RookeryBus,
  ) {}
}

@Module({
  imports: [
    RookeryModule.forRoot({ url: 'tcp://127.0.0.1:1', services: { who: 'tcp://127.0.0.1:1' } }),
    ClientsModule.register([
      { name: 'WHO', customClass: RookeryClient, options: { to: 'who', url: 'tcp://127.0.0.1:1' } },
    ]),
  ],
  providers: [Caller],
})
class CallerModule {}

/** A process of that name, on a bus of the test. */
function processNamed(service: string, bus: string): Runtime {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  return {
    clock: systemClock,
    random: systemRandom,
    deadlines: new Deadlines(systemClock),
    transport: memory({ bus }),
    service,
    logger: { debug: say, info: say, warn: say, error: say },
  };
}

test('what is made in a lent runtime talks over its transport, whatever url says, under its name', async () => {
  const bus = `runtime-${process.pid}`;
  const service = await runInRuntime(processNamed('who', bus), async () => {
    const app = await NestFactory.createMicroservice(WhoModule, {
      ...rookery({ service: 'who', url: 'tcp://127.0.0.1:1' }), // pinned handlers bind as on the transport that is replaced
      logger: false,
      abortOnError: false,
    });
    await app.listen();
    return app;
  });
  onTestFinished(() => service.close());
  // Twice, because what ClientsModule.register makes is shared by all applications that have the module.
  for (const name of ['caller', 'another']) {
    const runtime = processNamed(name, bus);
    const client = await runInRuntime(runtime, () =>
      NestFactory.createApplicationContext(CallerModule, { logger: false, abortOnError: false }),
    );
    const caller = client.get(Caller);
    expect(await caller.bus.publish('nobody.cares', {})).toBe('memory');
    const asked = runInRuntime(runtime, () => firstValueFrom(caller.who.send('who', {})));
    expect(await asked).toBe(name);
    await runInRuntime(runtime, () => client.close());
  }
});

test('in a lent runtime a client describes and watches its calls there', async () => {
  const client = new RookeryClient({
    to: 'who',
    url: 'tcp://127.0.0.1:1',
    retry: false,
    breaker: { minimum: 1 },
  });
  onTestFinished(() => client.close());
  const states: string[] = [];
  client.watchPolicies((event) => states.push(event.type === 'breaker' ? event.state : event.type));
  const runtime = processNamed('caller', `lent-${process.pid}`);
  await runInRuntime(runtime, async () => {
    await expect(client.request('who', {}, { timeout: 20 })).rejects.toMatchObject({ recourse: 'retryable' });
    const breaker = (await client.describe()).find(({ name }) => name === 'breaker');
    expect(breaker?.values['state']?.value).toBe('open');
    await client.close();
  });
  expect(states).toEqual(['open']);
});
