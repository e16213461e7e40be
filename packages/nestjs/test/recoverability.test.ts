import { BadRequestException, Catch, Controller, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { EventPattern, RpcException } from '@nestjs/microservices';
import {
  Unrecoverable,
  type EndpointEvent,
  type EventHandlerOptions,
  type RookeryStrategy,
} from '@rookery/nestjs';
import { EMPTY, firstValueFrom } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { clientOf, createService, eventually, MEDIA, moduleOf, startService } from './application.js';

/** How often each handler was called. */
let calls: Record<string, number>;
let broken = false;

beforeEach(() => {
  calls = {};
  broken = false;
});

const called = (name: string): number => (calls[name] = (calls[name] ?? 0) + 1);

class InvalidOrder extends Error {}

@Catch(InvalidOrder)
class Swallow implements ExceptionFilter {
  catch() {
    return EMPTY;
  }
}

const options = (given: EventHandlerOptions): EventHandlerOptions => given;

@Controller()
class Handlers {
  @EventPattern<string>('deadlock', options({ retries: { immediate: 2, attempts: 1 } }))
  deadlock() {
    if (called('deadlock') < 3) throw new Error('deadlock');
  }

  @EventPattern<string>('thrown')
  thrown() {
    called('thrown');
    throw new Unrecoverable('the order has no lines');
  }

  @EventPattern<string>('named', options({ retries: { terminal: [BadRequestException, InvalidOrder] } }))
  named() {
    called('named');
    throw new BadRequestException('no such product');
  }

  @EventPattern<string>('payload')
  payload() {
    called('payload');
    throw new RpcException({ status: 404 });
  }

  @UseFilters(Swallow)
  @EventPattern<string>('filtered')
  filtered() {
    called('filtered');
    throw new InvalidOrder('a filter of the application has dealt with it');
  }

  @EventPattern<string>('stored', options({ killSwitch: { minimum: 3, pause: 20, maxPause: 20 } }))
  stored() {
    called('stored');
    if (broken) throw new Error('no database');
  }
}

const QUICK = { attempts: 3, firstDelay: 1, factor: 1, maxDelay: 1 };
const root = moduleOf([Handlers]);

const causes = async (strategy: RookeryStrategy) =>
  (await strategy.deadLetters.list()).map(({ endpoint, attempts, lastFailure }) => [
    endpoint,
    attempts,
    lastFailure.cause,
  ]);

describe.each(MEDIA)('what fails over %s', (medium) => {
  test('is tried again at once where the handler says so', async () => {
    const { url, strategy } = await startService(medium, root);
    await firstValueFrom(clientOf(url).emit('deadlock', 0));
    await eventually(() => expect(calls).toEqual({ deadlock: 3 }));
    expect(await causes(strategy)).toEqual([]);
  });

  test('is given up at once after an error that the handler throws, names, or the service names', async () => {
    const giveUp = (error: unknown) =>
      error instanceof RpcException && (error.getError() as { status?: number }).status === 404;
    const { url, strategy } = await startService(medium, root, { retries: { ...QUICK, giveUp } });
    const client = clientOf(url);
    for (const pattern of ['thrown', 'named', 'payload']) await firstValueFrom(client.emit(pattern, 0));
    await eventually(async () => expect(await causes(strategy)).toHaveLength(3));
    expect(new Set(await causes(strategy))).toEqual(
      new Set([
        ['Handlers.thrown', 1, 'Unrecoverable: the order has no lines'],
        ['Handlers.named', 1, 'BadRequestException: no such product'],
        ['Handlers.payload', 1, expect.stringContaining('Rpc')],
      ]),
    );
    expect(calls).toEqual({ thrown: 1, named: 1, payload: 1 });
  });

  test('has succeeded where a filter of the application has dealt with the error', async () => {
    const { url, strategy } = await startService(medium, root, { retries: QUICK });
    const client = clientOf(url);
    await firstValueFrom(client.emit('filtered', 0));
    await firstValueFrom(client.emit('thrown', 0));
    await eventually(async () => expect(await causes(strategy)).toHaveLength(1));
    await eventually(() => expect(strategy.describe().now['inFlight']).toBe(0));
    expect(calls).toEqual({ filtered: 1, thrown: 1 });
  });

  test('pauses its handler while everything fails, and is handled in the end', async () => {
    broken = true;
    const { app, strategy } = await createService(medium, root, { retries: QUICK });
    const heard: EndpointEvent[] = [];
    const unwatch = strategy.watchEndpoints((event) => heard.push(event));
    await app.listen();
    const client = clientOf(strategy.addresses[0]!);
    for (let n = 0; n < 30; n++) await firstValueFrom(client.emit('stored', n));
    await eventually(() => expect(heard.length).toBeGreaterThan(5));
    expect(heard[0]).toEqual({
      ...{ type: 'kill-switch', service: 'tested', endpoint: 'Handlers.stored' },
      ...{ state: 'paused', previous: 'running', cause: new Error('no database') },
    });
    broken = false;
    await eventually(() => {
      const { events, now } = strategy.describe();
      expect(events.find(({ endpoint }) => endpoint === 'Handlers.stored')?.state).toBe('running');
      expect([now['inFlight'], heard.at(-1)?.state]).toEqual([0, 'running']);
    });
    unwatch();
    expect(await causes(strategy)).toEqual([]);
  });
});

test('describe() says what each handler does with what fails, and who says so', async () => {
  const { strategy } = await startService('memory', root, { retries: { attempts: 7 }, killSwitch: false });
  const of = (name: string) => {
    const { policies } = strategy.describe().events.find(({ endpoint }) => endpoint === name)!;
    return Object.fromEntries(policies.map(({ name, values }) => [name, values]));
  };
  expect(of('Handlers.deadlock')['retries']).toMatchObject({
    immediate: { value: 2, from: 'endpoint' },
    attempts: { value: 1, from: 'endpoint' },
    firstDelay: { value: 100, from: 'default' },
  });
  expect(of('Handlers.thrown')['retries']).toMatchObject({ attempts: { value: 7, from: 'server' } });
  expect(of('Handlers.thrown')['kill-switch']).toBeUndefined();
  expect(of('Handlers.stored')['kill-switch']).toMatchObject({ minimum: { value: 3, from: 'endpoint' } });
});

test('options of the wrong type stop the start, with the name of the handler', async () => {
  @Controller()
  class Wrong {
    @EventPattern<string>('x', { retries: 3 })
    handle() {}
  }
  await expect(startService('memory', moduleOf([Wrong]))).rejects.toThrow(
    'retries of @EventPattern at Wrong.handle has to be: object',
  );
});
