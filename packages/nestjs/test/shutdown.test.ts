import { Controller, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, MessagePattern, Payload, type MicroserviceOptions } from '@nestjs/microservices';
import { InjectClient, rookery, RookeryClient, RookeryContext, RookeryModule } from '@rookery/nestjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addressOf, clientOf, freshUrl, MEDIA, moduleOf, startService } from './application.js';

/** Closes itself in `onModuleDestroy`, as people's pools do. */
@Injectable()
class Pool implements OnModuleDestroy {
  open = true;
  onModuleDestroy() {
    this.open = false;
  }
  query() {
    if (!this.open) throw new Error('the pool is closed');
    return 'row';
  }
}

let begun: () => void;
let release: () => void;

@Controller()
class SlowController {
  constructor(
    private readonly pool: Pool,
    @InjectClient('other') private readonly other: RookeryClient,
  ) {}

  @MessagePattern('slow')
  async slow() {
    const released = new Promise<void>((resolve) => (release = resolve));
    begun();
    await released;
    return [this.pool.query(), await this.other.request('ping')];
  }

  @MessagePattern('stuck')
  stuck(@Payload() _: unknown, @Ctx() context: RookeryContext) {
    begun();
    return new Promise((_resolve, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
    });
  }
}

@Controller()
class PingController {
  @MessagePattern('ping')
  ping() {
    return 'pong';
  }
}

describe.each(MEDIA)('shutdown over %s', (medium) => {
  async function start(drainTimeout?: number) {
    const other = await startService(medium, moduleOf([PingController]), { service: 'other' });
    @Module({
      imports: [
        RookeryModule.forRoot({ url: other.url, services: { other: other.url } }),
        RookeryModule.forFeature(['other']),
      ],
      controllers: [SlowController],
      providers: [Pool],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    onTestFinished(() => app.close());
    const custom = rookery({
      service: 'tested',
      url: freshUrl(medium),
      ...(drainTimeout ? { drainTimeout } : {}),
    });
    app.connectMicroservice<MicroserviceOptions>(custom);
    await app.startAllMicroservices();
    await app.init();
    return { app, url: addressOf(custom.strategy) };
  }

  test('what is in flight finishes, with its providers alive and calling out, and answers', async () => {
    const { app, url } = await start();
    const started = new Promise<void>((resolve) => (begun = resolve));
    const answer = clientOf(url).request('slow');
    await started;
    const closed = app.close();
    await new Promise((resolve) => setImmediate(resolve));
    release();
    expect(await answer).toEqual(['row', 'pong']);
    await closed;
  });

  test('what does not finish in time is cancelled, and its caller is told', async () => {
    const { app, url } = await start(30);
    const started = new Promise<void>((resolve) => (begun = resolve));
    const answer = clientOf(url)
      .request('stuck')
      .catch((error: unknown) => error);
    await started;
    await app.close();
    expect(await answer).toMatchObject({ code: 'UNAVAILABLE', recourse: 'unknown' });
  });
});
