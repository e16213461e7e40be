import { Controller } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RmqContext,
  RmqRecordBuilder,
} from '@nestjs/microservices';
import { getClientToken, RookeryBus, RookeryClient, RookeryModule } from '@rookery/nestjs';
import { Test } from '@nestjs/testing';
import { rabbitmq, type NestServiceOptions } from '@rookery/rabbitmq';
import type { Channel, ConsumeMessage } from 'amqplib';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from './application.js';
import {
  cutOff,
  fresh,
  needsRabbitmq,
  onChannel,
  rabbitClient,
  removedAtTheEnd,
  startRabbit,
  stockRabbit,
  stockRabbitClient,
  URL_OF_BROKER,
} from './rabbitmq.js';
import { gates, heardIn, StockHandlers, TEXTS } from './stock-handlers.js';

needsRabbitmq();

const heard: [who: string, pattern: string, run: unknown][] = [];
const heardOf = (run: string) =>
  heard.filter(([, , of]) => of === run).map(([who, pattern]) => `${who} ${pattern}`);

@Controller()
class Told {
  @MessagePattern('told')
  told(@Ctx() context: RmqContext) {
    const { properties, content } = context.getMessage() as ConsumeMessage;
    const { headers, priority, expiration, deliveryMode } = properties;
    return { headers, priority, expiration, deliveryMode, packet: JSON.parse(content.toString()) as unknown };
  }
}

/** Handlers with patterns in AMQP's own language, as stock Nest has them with `wildcards`; the class runs on both. */
function wildcardHandlers(who: string) {
  @Controller()
  class WildcardHandlers {
    @EventPattern<string>('cats.#')
    cats(@Payload() run: string, @Ctx() context: RmqContext) {
      heard.push([who, `cats.# ${context.getPattern()}`, run]);
      (context.getChannelRef() as Channel).ack(context.getMessage() as ConsumeMessage);
    }

    @EventPattern<string>('*.born')
    born(@Payload() run: string, @Ctx() context: RmqContext) {
      heard.push([who, `*.born ${context.getPattern()}`, run]);
      (context.getChannelRef() as Channel).ack(context.getMessage() as ConsumeMessage);
    }

    @MessagePattern('dogs.count')
    count(@Payload() run: string, @Ctx() context: RmqContext) {
      (context.getChannelRef() as Channel).ack(context.getMessage() as ConsumeMessage);
      return `${who} ${run}`;
    }
  }
  return WildcardHandlers;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

const nest = (options: Omit<NestServiceOptions, 'wire'>) => ({
  services: { tested: { wire: 'nest', ...options } } as const,
});

/** A stock service, and a Rookery client of it. */
async function called(options: ConstructorParameters<typeof RookeryClient>[0] = {}) {
  const queue = fresh('stock');
  removedAtTheEnd(() => ({ queues: [queue] }));
  const app = await stockRabbit([StockHandlers, Told], { queue });
  return { app, queue, client: rabbitClient(fresh('caller'), nest({ queue }), options) };
}

describe('a Rookery client of a stock service on RabbitMQ', () => {
  test('gets answers: values, none, null, object patterns', async () => {
    const { client } = await called();
    expect(await client.request('echo', { a: [1, null, 'x'] })).toEqual({ a: [1, null, 'x'] });
    expect(await client.request({ by: 'object', cmd: 'sum' }, [1, 2, 3])).toBe(6);
    expect(await client.request('void', {})).toBeUndefined();
    expect(await lastValueFrom(client.send('void', {}), { defaultValue: 'nothing' })).toBe('nothing');
    expect(await client.request('nil', {})).toBeNull();
    expect(await client.request('echo')).toBeUndefined();
  });

  test('gets its texts back, 900 KiB, and thousands of calls at once', async () => {
    const { client } = await called();
    for (const [, text] of TEXTS) expect(await client.request('echo', { text })).toEqual({ text });
    const large = '鴉😀x'.repeat(110_000);
    expect(await client.request('echo', large)).toBe(large);
    const calls = Array.from({ length: 3000 }, (_, index) => client.request('echo', index));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 3000 }, (_, index) => index));
  });

  test('gets streams whole and in order, and as slowly as it reads', async () => {
    const { client } = await called();
    const values = Array.from({ length: 5000 }, (_, index) => index);
    expect(await firstValueFrom(client.send('stream', 5000).pipe(toArray()))).toEqual(values);
    const pulled: unknown[] = [];
    for await (const value of client.stream('stream', 5000)) pulled.push(value);
    expect(pulled).toEqual(values);
    expect(await firstValueFrom(client.send('paced', 50).pipe(take(3), toArray()))).toEqual([0, 1, 2]);
    expect(await client.request('stream', 3)).toBe(0);
    // A stock server that is closed while it answers rejects for nobody; this one answers no more then.
    expect(await lastValueFrom(client.send('paced', 100))).toBe(99);
  });

  test('has a stream ended that it does not read, with an error that says why', async () => {
    const { client } = await called();
    const stream = client.stream('stream', 20_000);
    expect((await stream.next()).value).toBe(0);
    await client.request('echo', 'behind it');
    const error = await failure(
      (async () => {
        for await (const _ of stream);
      })(),
    );
    expect(error).toMatchObject({ code: 'STREAM_OVERFLOW' });
  });

  test('catches what a stock client would; an unknown pattern is NoHandler', async () => {
    const { client } = await called();
    const ask = (pattern: string) => failure(client.request(pattern, {}));
    expect(await ask('fails')).toEqual({ status: 'error', message: 'Internal server error' });
    expect(await ask('fails.text')).toEqual({ status: 'error', message: 'not today' });
    expect(await ask('fails.object')).toEqual({ status: 404, reason: 'unknown user', details: { id: 7 } });
    expect(await failure(lastValueFrom(client.send('stream.fails', {})))).toEqual({
      status: 'error',
      message: 'after one',
    });
    expect(await ask('nowhere')).toMatchObject({ code: 'NO_HANDLER' });
  });

  test('has its events delivered, and those published to everybody too', async () => {
    const { client } = await called();
    const run = fresh('out');
    for (let index = 0; index < 300; index++) client.emit('happened', { run, value: index });
    await client.publishEvent({ a: 1, event: 'object' }, { run: `${run}.object`, value: '鴉' });
    await eventually(() => expect(heardIn(run)).toEqual(Array.from({ length: 300 }, (_, index) => index)));
    await eventually(() => expect(heardIn(`${run}.object`)).toEqual(['鴉']));
  });

  test('sends what a record says, and an expiration no longer than it waits', async () => {
    const { client } = await called();
    const record = new RmqRecordBuilder({ a: 1 })
      .setOptions({ headers: { trace: 'here' }, priority: 2, expiration: 60_000, persistent: false })
      .build();
    expect(await client.request('told', record, { timeout: 5_000 })).toMatchObject({
      headers: { trace: 'here' },
      priority: 2,
      expiration: expect.stringMatching(/^\d{1,4}$/),
      deliveryMode: 1,
      packet: { pattern: 'told', data: { a: 1 } },
    });
  });

  test('hears at once that a request cannot be written for AMQP, and why', async () => {
    const { client } = await called();
    const ask = (headers: Record<string, string>) =>
      client.request('echo', new RmqRecordBuilder(1).setOptions({ headers }).build(), { timeout: 60_000 });
    for (const headers of [{ large: 'x'.repeat(70_000) }, { ['x'.repeat(300)]: 'a name' }])
      expect(await failure(ask(headers))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', recourse: 'terminal' });
    expect(await ask({ '': 'no name' })).toBe(1);
  });

  test('keeps its own deadline, and what is not taken by then is dropped by the broker', async () => {
    const { client, app, queue } = await called({ timeout: 200 });
    const run = fresh('deadline');
    expect(await failure(client.request('waits', run))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    gates.get(run)?.();
    expect(await client.request('echo', 'answered', { timeout: 5_000 })).toBe('answered');
    await app.close();
    const late = fresh('late');
    expect(await failure(client.request('waits', late))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    await stockRabbit([StockHandlers], { queue });
    expect(await client.request('echo', 'next', { timeout: 5_000 })).toBe('next');
    expect(gates.has(late)).toBe(false);
  });

  test('hears that the queue of a stock service is not there; with its options it is declared', async () => {
    const queue = fresh('nowhere');
    removedAtTheEnd(() => ({ queues: [queue] }));
    const client = rabbitClient(fresh('caller'), nest({ queue }));
    expect(await failure(client.request('echo', 1))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await failure(client.publishEvent('happened', 1))).toMatchObject({ code: 'UNAVAILABLE' });
    const declaring = rabbitClient(fresh('caller'), nest({ queue, queueOptions: { durable: true } }));
    const answer = declaring.request('echo', 'early');
    await eventually(async () =>
      expect((await onChannel((on) => on.checkQueue(queue))).messageCount).toBe(1),
    );
    await stockRabbit([StockHandlers], { queue, queueOptions: { durable: true } });
    expect(await answer).toBe('early');
  });

  test('hears that its connection was cut under a call, and goes on', async () => {
    const { client } = await called();
    const run = fresh('cut');
    const open = failure(client.request('waits', run));
    await eventually(() => expect(gates.has(run)).toBe(true));
    cutOff(client);
    expect(await open).toMatchObject({ code: 'CONNECTION_LOST', recourse: 'unknown' });
    expect(await client.request('echo', 'again')).toBe('again');
    gates.get(run)?.();
    expect(await client.request('echo', 'answered')).toBe('answered');
  });

  test('has an upload and a delay refused, by name', async () => {
    const { client } = await called();
    const upload = (async function* () {
      yield await Promise.resolve(1);
    })();
    expect(await failure(client.request('echo', upload))).toMatchObject({ code: 'CONFIGURATION' });
    const delayed = failure(client.publishEvent('happened', {}, { delay: 10 }));
    expect(String(await delayed)).toMatch("'tested': stock Nest's wire has no delay");
  });

  test('is one of a module that also calls Rookery services', async () => {
    const prefix = fresh('both');
    const queue = fresh('stock');
    removedAtTheEnd(() => ({ queues: [queue] }));
    await stockRabbit([StockHandlers], { queue });
    await startRabbit([StockHandlers], { prefix, service: 'modern' });
    const transport = rabbitmq({
      url: URL_OF_BROKER,
      prefix,
      services: { legacy: { wire: 'nest', queue } },
    });
    const module = await Test.createTestingModule({
      imports: [
        RookeryModule.forRoot({ service: 'gateway', transport }),
        RookeryModule.forFeature(['legacy', 'modern']),
      ],
    }).compile();
    onTestFinished(() => module.close());
    for (const name of ['legacy', 'modern'])
      expect(await module.get<RookeryClient>(getClientToken(name)).request('echo', name)).toBe(name);
    const run = fresh('everybody');
    expect(await module.get(RookeryBus).publish('happened', { run, value: 1 })).toBe('stored');
    await eventually(() => expect(heardIn(run)).toEqual([1, 1]));
  });

  test('by its url alone: the queue has the name of the service', async () => {
    const queue = fresh('named');
    removedAtTheEnd(() => ({ queues: [queue] }));
    await stockRabbit([StockHandlers], { queue });
    const client = new RookeryClient({ to: queue, url: URL_OF_BROKER, wire: 'nest', timeout: 10_000 });
    onTestFinished(() => client.close());
    expect(await client.request('echo', 'named')).toBe('named');
  });
});

describe('an exchange that stock Nest publishes to', () => {
  test('with wildcards: a stock service and a Rookery service side by side get each their own', async () => {
    const exchange = fresh('zoo');
    const [stockQueue, ownQueue] = [fresh('stock'), fresh('own')];
    removedAtTheEnd(() => ({ queues: [stockQueue, ownQueue], exchanges: [exchange] }));
    const wildcards = { exchange, wildcards: true };
    await stockRabbit([wildcardHandlers('stock')], { ...wildcards, queue: stockQueue, noAck: false });
    const prefix = fresh('zoo');
    await startRabbit([wildcardHandlers('own')], {
      prefix,
      rabbit: { nest: { ...wildcards, queue: ownQueue } },
    });
    const stock = stockRabbitClient({ ...wildcards, queue: stockQueue });
    const own = rabbitClient(fresh('caller'), nest({ ...wildcards, queue: stockQueue }));
    for (const [name, client] of [['from stock', stock] as const, ['from own', own] as const]) {
      const run = fresh(name);
      for (const pattern of ['cats', 'cats.a', 'cats.a.b', 'dogs.born', 'cats.born', 'dogs.died'])
        await lastValueFrom(client.emit(pattern, run), { defaultValue: undefined });
      const each = [
        'cats.# cats',
        'cats.# cats.a',
        'cats.# cats.a.b',
        'cats.# cats.born',
        '*.born dogs.born',
      ];
      // Of several handlers stock Nest calls the first; here each gets its event.
      const wanted = [
        'own *.born cats.born',
        ...each.flatMap((one) => [`own ${one}`, `stock ${one}`]),
      ].sort();
      await eventually(() => expect(heardOf(run).sort()).toEqual(wanted));
    }
    // A request goes to both: each of them answers, and the first is the answer.
    expect(await firstValueFrom(stock.send('dogs.count', 1))).toMatch(/^(own|stock) 1$/);
    expect(await own.request('dogs.count', 2)).toMatch(/^(own|stock) 2$/);
  });

  test('a fanout: both get everything', async () => {
    const exchange = fresh('fan');
    const [stockQueue, ownQueue] = [fresh('stock'), fresh('own')];
    removedAtTheEnd(() => ({ queues: [stockQueue, ownQueue], exchanges: [exchange] }));
    const fanout = { exchange, exchangeType: 'fanout' as const };
    await stockRabbit([StockHandlers], { ...fanout, queue: stockQueue });
    await startRabbit([StockHandlers], {
      prefix: fresh('fan'),
      rabbit: { nest: { ...fanout, queue: ownQueue } },
    });
    const run = fresh('fan');
    const stock = stockRabbitClient({ ...fanout, queue: '' });
    await lastValueFrom(stock.emit('happened', { run, value: 1 }), { defaultValue: undefined });
    const own = rabbitClient(fresh('caller'), nest({ ...fanout, queue: stockQueue }));
    await lastValueFrom(own.emit('happened', { run, value: 2 }), { defaultValue: undefined });
    await eventually(() => expect(heardIn(run).sort()).toEqual([1, 1, 2, 2]));
  });
});
