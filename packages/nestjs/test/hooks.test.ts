import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import { RookeryContext } from '@rookery/nestjs';
import { from } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { clientOf, createService, addressOf, eventually, MEDIA, moduleOf } from './application.js';

@Controller()
class HookedController {
  @MessagePattern('metadata')
  metadata(@Ctx() context: RookeryContext): unknown {
    return context.getMetadata() ?? null;
  }

  @MessagePattern('many')
  many() {
    return from([1, 2]);
  }

  @MessagePattern('fails')
  fails() {
    throw new Error('no');
  }

  @EventPattern<string>('event')
  event() {}
}

describe.each(MEDIA)('Nest’s hooks over %s', (medium) => {
  test('processing hooks run around every message, once', async () => {
    const { app, strategy } = await createService(medium, moduleOf([HookedController]));
    const log: string[] = [];
    strategy.setOnProcessingStartHook((_transport, context, done) => {
      log.push(`start ${(context as RookeryContext).getPattern()}`);
      void done();
    });
    strategy.setOnProcessingEndHook((_transport, context) => {
      log.push(`end ${(context as RookeryContext).getPattern()}`);
    });
    await app.listen();
    const client = clientOf(addressOf(strategy));
    for (const pattern of ['metadata', 'many', 'fails']) {
      await client.request(pattern, 1).catch(() => undefined);
      await eventually(() => expect(log).toEqual([`start ${pattern}`, `end ${pattern}`]));
      log.length = 0;
    }
    client.emit('event', 1);
    await eventually(() => expect(log).toEqual(['start event', 'end event']));
  });

  test('what the dispatch hook attaches, the context gives', async () => {
    const { app, strategy } = await createService(medium, moduleOf([HookedController]));
    await app.listen();
    const client = clientOf(addressOf(strategy));
    expect(await client.request('metadata', 1)).toBeNull();
    if (!('setOnDispatchHook' in Object.getPrototypeOf(Object.getPrototypeOf(client)))) return; // Nest 11 has none
    client.setOnDispatchHook((packet) => {
      (packet as { metadata?: unknown }).metadata = { trace: 'abc' };
    });
    expect(await client.request('metadata', 1)).toEqual({ trace: 'abc' });
  });
});
