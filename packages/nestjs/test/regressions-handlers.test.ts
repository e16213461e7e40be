import { AsyncLocalStorage } from 'node:async_hooks';
import { Controller, Module, UseInterceptors, type CallHandler, type NestInterceptor } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  clientOf,
  createService,
  eventually,
  MEDIA,
  moduleOf,
  startService,
} from './application.js';

const heard: string[] = [];

class Audited {
  @EventPattern<string>('changed')
  changed() {
    heard.push(this.constructor.name);
  }
}

@Controller()
class Orders extends Audited {}

@Controller()
class Invoices extends Audited {}

@Controller()
class Shared {
  @EventPattern<string>('shared')
  shared() {
    heard.push('Shared');
  }
}

@Module({ controllers: [Shared] })
class LeftModule {}

@Module({ controllers: [Shared] })
class RightModule {}

class PassOn implements NestInterceptor {
  intercept(_: unknown, next: CallHandler) {
    return next.handle();
  }
}

const trace = new AsyncLocalStorage<string>();

@Controller()
class Traced {
  @UseInterceptors(PassOn)
  @MessagePattern('trace')
  trace() {
    return trace.getStore() ?? null;
  }

  @MessagePattern({ role: 'item', cmd: 'create' })
  create() {
    return 'created';
  }
}

describe.each(MEDIA)('handlers over %s', (medium) => {
  test('an inherited event handler runs for each controller that inherits it', async () => {
    const { url } = await startService(medium, moduleOf([Orders, Invoices]));
    heard.length = 0;
    clientOf(url).emit('changed', 1);
    await eventually(() => expect([...heard].sort()).toEqual(['Invoices', 'Orders']));
  });

  test('a controller of two modules handles an event in both, as in stock Nest', async () => {
    const { url } = await startService(medium, moduleOf([], [], [LeftModule, RightModule]));
    heard.length = 0;
    clientOf(url).emit('shared', 1);
    await eventually(() => expect(heard).toEqual(['Shared', 'Shared']));
  });

  test('an intercepted handler runs within what the processing hook set up', async () => {
    const { app, strategy } = await createService(medium, moduleOf([Traced]));
    strategy.setOnProcessingStartHook((_transport, _context, done) => {
      trace.run('abc', () => void done());
    });
    await app.listen();
    expect(await clientOf(addressOf(strategy)).request('trace', 0)).toBe('abc');
  });

  test('an object pattern may be sent as JSON text, its keys in any order', async () => {
    const { url } = await startService(medium, moduleOf([Traced]));
    const client = clientOf(url);
    expect(await client.request('{"role":"item","cmd":"create"}', 0)).toBe('created');
  });
});
