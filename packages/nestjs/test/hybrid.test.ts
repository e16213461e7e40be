import { Controller, Get, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import {
  EventPattern,
  MessagePattern,
  Transport,
  type AsyncMicroserviceOptions,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addressOf, clientOf, createService, freshUrl, MEDIA, moduleOf } from './application.js';

@Controller()
class PlainController {
  @Get('hello')
  hello() {
    return 'over HTTP';
  }

  @MessagePattern('anywhere')
  anywhere() {
    return 'over messages';
  }
}

@Controller()
class PinnedController {
  @MessagePattern('only.tcp', Transport.TCP)
  tcp() {
    return 'tcp';
  }
}

@Controller()
class KafkaController {
  @EventPattern<string>('orders.created', Transport.KAFKA)
  created() {}
}

async function hybrid(root: Parameters<typeof createService>[1]) {
  const app = await NestFactory.create(root, { logger: false, abortOnError: false });
  onTestFinished(() => app.close());
  return app;
}

describe.each(MEDIA)('a hybrid app over %s', (medium) => {
  test('speaks HTTP and messages, on several connections', async () => {
    const app = await hybrid(moduleOf([PlainController]));
    const first = rookery({ service: 'one', url: freshUrl(medium) });
    const second = rookery({ service: 'two', url: freshUrl(medium) });
    app.connectMicroservice<MicroserviceOptions>(first);
    app.connectMicroservice<MicroserviceOptions>(second, { inheritAppConfig: true });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await app.getUrl()}/hello`);
    expect(await answer.text()).toBe('over HTTP');
    expect(await clientOf(addressOf(first.strategy), { to: 'one' }).request('anywhere')).toBe(
      'over messages',
    );
    expect(await clientOf(addressOf(second.strategy), { to: 'two' }).request('anywhere')).toBe(
      'over messages',
    );
    expect(first.strategy.unwrap()).toBeDefined();
  });

  test('options from a ConfigService factory', async () => {
    const url = freshUrl(medium);
    @Module({
      imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ URL: url })] })],
      controllers: [PlainController],
    })
    class AppModule {}
    let made: ReturnType<typeof rookery> | undefined;
    const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(AppModule, {
      logger: false,
      inject: [ConfigService],
      useFactory: (config: ConfigService) =>
        (made = rookery({ service: 'tested', url: config.getOrThrow<string>('URL') })),
    });
    onTestFinished(() => app.close());
    await app.listen();
    expect(await clientOf(addressOf(made!.strategy)).request('anywhere')).toBe('over messages');
  });

  test('a handler that no connection serves stops the start with its name', async () => {
    const { app } = await createService(medium, moduleOf([PlainController, KafkaController]));
    await expect(app.listen()).rejects.toThrow(
      `KafkaController.created is pinned to Transport.KAFKA, and no connection of this application is one: ` +
        `'tested' is on ${medium}:. Remove the transport from the decorator, or connect one`,
    );
  });

  test('the status of the app', async () => {
    const { app } = await createService(medium, moduleOf([PlainController]));
    const statuses: string[] = [];
    app.status.subscribe((status) => statuses.push(status));
    await app.listen();
    expect(statuses.at(-1)).toBe('connected');
    await app.close();
    expect(statuses).toContain('draining');
    expect(statuses.at(-1)).toBe('disconnected');
  });
});

test('a pinned handler binds on the scheme that is its transport’s, and only there', async () => {
  const app = await hybrid(moduleOf([PinnedController]));
  const tcp = rookery({ service: 'one', url: freshUrl('tcp') });
  const memory = rookery({ service: 'two', url: freshUrl('memory') });
  app.connectMicroservice<MicroserviceOptions>(tcp);
  app.connectMicroservice<MicroserviceOptions>(memory);
  await app.startAllMicroservices();
  expect(await clientOf(addressOf(tcp.strategy), { to: 'one' }).request('only.tcp')).toBe('tcp');
  await expect(clientOf(addressOf(memory.strategy), { to: 'two' }).request('only.tcp')).rejects.toMatchObject(
    {
      code: 'NO_HANDLER',
    },
  );
});

test('a handler that a stock transport of the same app serves is no mistake', async () => {
  const app = await hybrid(moduleOf([PinnedController]));
  app.connectMicroservice<MicroserviceOptions>({ transport: Transport.TCP, options: { port: 0 } });
  app.connectMicroservice<MicroserviceOptions>(rookery({ service: 'two', url: freshUrl('memory') }));
  await app.startAllMicroservices();
});

test('an address in use fails the start with the address', async () => {
  const { app, strategy } = await createService('tcp', moduleOf([PlainController]));
  await app.listen();
  const again = await createService('tcp', moduleOf([PlainController]), { url: addressOf(strategy) });
  await expect(again.app.listen()).rejects.toMatchObject({ code: 'ADDRESS_UNUSABLE' });
});
