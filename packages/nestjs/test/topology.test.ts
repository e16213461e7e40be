import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { expect, test } from 'vitest';
import { createService, moduleOf } from './application.js';

@Controller()
class ShopController {
  @MessagePattern('price')
  price() {
    return 1;
  }

  @EventPattern('order.created')
  created(_order: unknown) {
    // nothing comes
  }
}

const root = moduleOf([ShopController]);

test('a service lists what it needs at its broker without a connection', async () => {
  const { app, strategy } = await createService('memory', root, { url: 'amqp://nobody.invalid' });
  await app.init();
  const topology = await strategy.topology();
  const queues = topology.filter(({ kind }) => kind === 'queue').map(({ name }) => name);
  expect(queues).toContain('rookery.tested.requests');
  expect(queues).toContain('rookery.tested.endpoint.ShopController%2Ecreated');
  await app.close();
});

test('where there is no broker nothing is needed, and asking is no start', async () => {
  const { app, strategy } = await createService('memory', root);
  await app.init();
  expect(await strategy.topology()).toEqual([]);
  expect(() => strategy.describe()).not.toThrow();
  await app.listen();
  expect(await strategy.topology()).toEqual([]);
  await app.close();
});
