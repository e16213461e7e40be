import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { RookeryClient } from '@rookery/nestjs';
import { firstValueFrom } from 'rxjs';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createService, eventually, moduleOf } from './application.js';
import { absent, fresh, makeTopics, stockClient, stockService, transportOf } from './kafka-stock.js';

beforeEach(({ skip }) => {
  if (absent) skip(absent);
});

function freshNames() {
  return {
    ...{ namespace: fresh('staging'), service: fresh('users') },
    ...{ asked: fresh('ask'), happened: fresh('happened') },
  };
}

/** Handlers of a request and an event under these names, and what has come. */
function handlersOf(asked: string, happened: string) {
  const seen: unknown[] = [];
  @Controller()
  class Handlers {
    @MessagePattern<string>(asked)
    ask(@Payload() data: object) {
      return { ...data, answered: true };
    }

    @EventPattern<string>(happened)
    on(@Payload() data: unknown) {
      seen.push(data);
    }
  }
  return { Handlers, seen };
}

test('for stock Nest the namespace of a service is the beginning of its patterns', async () => {
  const { namespace, service, asked, happened } = freshNames();
  const { Handlers, seen } = handlersOf(asked, happened);
  await makeTopics([asked, happened].flatMap((name) => [name, `${namespace}.${name}`]));
  const transport = transportOf({ namespace, wires: ['rookery', 'nest'], group: `${service}-server` });
  const { app } = await createService('memory', moduleOf([Handlers]), { service, transport });
  await app.listen();
  const stock = await stockClient([`${namespace}.${asked}`]);
  expect(await firstValueFrom(stock.send(`${namespace}.${asked}`, { n: 1 }))).toEqual({
    n: 1,
    answered: true,
  });
  await firstValueFrom(stock.emit(happened, 'elsewhere'));
  await firstValueFrom(stock.emit(`${namespace}.${happened}`, 'here'));
  await eventually(() => expect(seen).toEqual(['here']));
});

test('for a caller in a namespace a service of stock Nest is in it, too', async () => {
  const { namespace, service, asked, happened } = freshNames();
  const { Handlers, seen } = handlersOf(`${namespace}.${asked}`, `${namespace}.${happened}`);
  await makeTopics([`${namespace}.${asked}`, `${namespace}.${happened}`]);
  await stockService(service, [Handlers]);
  const transport = transportOf({ namespace, serviceWires: { [service]: 'nest' } });
  const client = new RookeryClient({ to: service, transport });
  onTestFinished(() => client.close());
  expect(await firstValueFrom(client.send(asked, { n: 1 }))).toEqual({ n: 1, answered: true });
  await firstValueFrom(client.emit(happened, { m: 2 }));
  await eventually(() => expect(seen).toEqual([{ m: 2 }]));
});
