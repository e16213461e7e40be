import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { expect, test } from 'vitest';
import { createService, moduleOf } from './application.js';

@Controller()
class ShopController {
  @EventPattern('order.created')
  created(_order: unknown) {
    // nothing comes
  }
}

test('where the medium does not say what waits, there is nothing to say', async () => {
  const { app, strategy } = await createService('memory', moduleOf([ShopController]));
  await expect(strategy.lag()).rejects.toThrow(/listen/);
  await app.listen();
  expect(await strategy.lag()).toEqual([]);
  await app.close();
});
