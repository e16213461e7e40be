import { Controller } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RmqContext,
  RmqRecordBuilder,
} from '@nestjs/microservices';
import { RookeryContext } from '@rookery/nestjs';
import { eventually as untilThen } from '@rookery/testing';
import type { Channel, ConsumeMessage } from 'amqplib';
import { firstValueFrom, lastValueFrom, take, timeout, toArray } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RabbitmqDescription } from '@rookery/rabbitmq';
import { createService, eventually, moduleOf } from './application.js';
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

const tries: [run: string, endpoint: string, attempt: number][] = [];
const triesOf = (run: string) => tries.filter(([of]) => of === run).map(([, ...rest]) => rest);
const aborted: string[] = [];
let broken = false;
let most = 0;
let now = 0;

@Controller()
class RookeryHandlers {
  @MessagePattern('pulled')
  async *pulled(@Payload() count: number) {
    for (let index = 0; index < count; index++) yield { index, text: 'x'.repeat(1000) };
  }

  @MessagePattern('endless')
  async *endless(@Payload() run: string) {
    try {
      for (let index = 0; ; index++) {
        yield index;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      aborted.push(run);
    }
  }

  @MessagePattern('told')
  told(@Ctx() context: RookeryContext) {
    const { content, properties } = (context as unknown as RmqContext).getMessage() as ConsumeMessage;
    return {
      metadata: context.getMetadata() ?? 'none',
      headers: context.headers,
      traceparent: context.traceparent,
      packet: Object.keys(JSON.parse(content.toString()) as object).sort(),
      priority: properties.priority as unknown,
    };
  }

  @EventPattern<string>('flaky')
  flaky(@Payload() { run }: { run: string }, @Ctx() { attempt }: RookeryContext) {
    tries.push([run, 'flaky', attempt]);
    if (attempt < 3) throw new Error('not yet');
  }

  @EventPattern<string>('flaky')
  steady(@Payload() { run }: { run: string }, @Ctx() { attempt }: RookeryContext) {
    tries.push([run, 'steady', attempt]);
  }

  @EventPattern<string>('broken')
  broken(@Payload() { run }: { run: string }, @Ctx() { attempt }: RookeryContext) {
    tries.push([run, 'broken', attempt]);
    if (triesOf(run).length <= 3) throw new TypeError('not yet');
  }

  @EventPattern<string>('switched')
  switched(@Payload() { run }: { run: string }, @Ctx() { attempt }: RookeryContext) {
    if (broken) throw new Error('the database is away');
    tries.push([run, 'switched', attempt]);
  }

  @EventPattern<string>('by.hand')
  byHand(@Payload() { run }: { run: string }, @Ctx() context: RmqContext) {
    tries.push([run, 'by hand', 1]);
    (context.getChannelRef() as Channel).ack(context.getMessage() as ConsumeMessage);
    throw new Error('afterwards');
  }

  @EventPattern<string>('slow', { concurrency: 2 })
  async slow(@Payload() { run }: { run: string }) {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    now--;
    tries.push([run, 'slow', 1]);
  }

  @EventPattern<string>('in.order', { ordered: true })
  inOrder(@Payload() { run }: { run: string }) {
    tries.push([run, 'in order', 1]);
  }

  @EventPattern<string>('to.all', { broadcast: true })
  toAll(@Payload() { run }: { run: string }) {
    tries.push([run, 'to all', 1]);
  }
}

const retries = { attempts: 3, firstDelay: 20, factor: 1, maxDelay: 20 };

async function served(queue = fresh('stock'), schedule = retries) {
  removedAtTheEnd(() => ({ queues: [queue] }));
  const prefix = fresh('stock');
  const requests = { maxQueueDelay: 30_000 };
  const options = { prefix, retries: schedule, requests, drainTimeout: 500, rabbit: { nest: { queue } } };
  const { app, strategy } = await startRabbit([StockHandlers, RookeryHandlers], options);
  return { app, strategy, queue, prefix };
}

const clientOf = async (options?: Parameters<typeof served>[0]) =>
  stockRabbitClient({ queue: (await served(options)).queue });

/** Nest 12 has it, 11 has not. */
interface Hooked {
  setOnDispatchHook?(hook: (packet: { metadata?: unknown }) => void): void;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe('a stock client of a Rookery service on RabbitMQ', () => {
  test('gets answers: values, none, null, object patterns', async () => {
    const client = await clientOf();
    expect(await firstValueFrom(client.send('echo', { a: [1, null, 'x'] }))).toEqual({ a: [1, null, 'x'] });
    expect(await firstValueFrom(client.send({ by: 'object', cmd: 'sum' }, [1, 2, 3]))).toBe(6);
    expect(await lastValueFrom(client.send('void', {}), { defaultValue: 'nothing' })).toBe('nothing');
    expect(await firstValueFrom(client.send('nil', {}))).toBeNull();
  });

  test('gets its texts back, 900 KiB, and thousands of calls at once', async () => {
    const client = await clientOf();
    for (const [, text] of TEXTS)
      expect(await firstValueFrom(client.send('echo', { text }))).toEqual({ text });
    const large = '鴉😀x'.repeat(110_000);
    expect(await firstValueFrom(client.send('echo', large))).toBe(large);
    const calls = Array.from({ length: 3000 }, (_, index) => firstValueFrom(client.send('echo', index)));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 3000 }, (_, index) => index));
  });

  test('gets streams whole and in order, pushed and pulled', async () => {
    const client = await clientOf();
    const values = Array.from({ length: 1000 }, (_, index) => index);
    expect(await firstValueFrom(client.send('stream', 1000).pipe(toArray()))).toEqual(values);
    expect(await firstValueFrom(client.send('stream', 0).pipe(toArray()))).toEqual([]);
    const pulled = await firstValueFrom(client.send<{ index: number }>('pulled', 3000).pipe(toArray()));
    expect(pulled.map(({ index }) => index)).toEqual(Array.from({ length: 3000 }, (_, index) => index));
    expect(await firstValueFrom(client.send('paced', 50).pipe(take(3), toArray()))).toEqual([0, 1, 2]);
    expect(await firstValueFrom(client.send('echo', 'still'))).toBe('still');
  });

  test('gets errors as stock Nest sends them, and nothing of what they conceal', async () => {
    const client = await clientOf();
    const unknown = { status: 'error', message: 'Internal server error' };
    const ask = (pattern: string) => failure(lastValueFrom(client.send(pattern, {})));
    expect(await ask('fails')).toEqual(unknown);
    expect(await ask('fails.http')).toEqual(unknown);
    expect(await ask('fails.text')).toEqual({ status: 'error', message: 'not today' });
    expect(await ask('fails.object')).toEqual({ status: 404, reason: 'unknown user', details: { id: 7 } });
    expect(await ask('stream.fails')).toEqual({ status: 'error', message: 'after one' });
    const none = 'There is no matching message handler defined in the remote service.';
    expect(await ask('nowhere')).toEqual(none);
    expect(await ask('happened')).toEqual(none);
  });

  test('hands over headers, properties, and on Nest 12 what its dispatch hook adds', async () => {
    const client = await clientOf();
    const hooked: Hooked = client;
    hooked.setOnDispatchHook?.((packet) => (packet.metadata = { tenant: 'acme' }));
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const record = new RmqRecordBuilder({}).setOptions({ headers: { traceparent }, priority: 2 }).build();
    const has12 = 'setOnDispatchHook' in client;
    expect(await firstValueFrom(client.send('told', record))).toEqual({
      metadata: has12 ? { tenant: 'acme' } : 'none',
      headers: has12 ? { traceparent, 'nest-metadata': '{"tenant":"acme"}' } : { traceparent },
      traceparent,
      packet: has12 ? ['data', 'id', 'metadata', 'pattern'] : ['data', 'id', 'pattern'],
      priority: 2,
    });
  });

  test('has its events handled, in bounds, and each handler is retried alone', async () => {
    const { queue, strategy } = await served();
    const client = stockRabbitClient({ queue });
    const [run, slow] = [fresh('in'), fresh('slow')];
    for (let index = 0; index < 300; index++) client.emit('happened', { run, value: index });
    client.emit({ a: 1, event: 'object' }, { run: `${run}.object`, value: '鴉' });
    client.emit('flaky', { run });
    for (let index = 0; index < 20; index++) client.emit('slow', { run: slow });
    await eventually(() => expect(heardIn(run)).toEqual(Array.from({ length: 300 }, (_, index) => index)));
    await eventually(() => expect(heardIn(`${run}.object`)).toEqual(['鴉']));
    await eventually(() =>
      expect(triesOf(run)).toEqual([
        ['flaky', 1],
        ['steady', 1],
        ['flaky', 2],
        ['flaky', 3],
      ]),
    );
    await eventually(() => expect(triesOf(slow)).toHaveLength(20));
    expect(most).toBe(2);
    expect(await strategy.deadLetters.list()).toEqual([]);
    await eventually(async () =>
      expect((await onChannel((on) => on.checkQueue(queue))).messageCount).toBe(0),
    );
  });

  test('finds what fails for good among the dead letters, from where it is replayed', async () => {
    const { queue, strategy } = await served();
    const client = stockRabbitClient({ queue });
    const run = fresh('broken');
    client.emit('broken', { run });
    const letters = await eventually(async () => {
      const all = await strategy.deadLetters.list();
      expect(all).toHaveLength(1);
      return all;
    });
    expect(letters[0]).toMatchObject({ endpoint: 'RookeryHandlers.broken', attempts: 3 });
    expect(letters[0]?.message.body).toBe(JSON.stringify({ run }));
    const outcomes: unknown[] = [];
    for await (const { outcome } of strategy.deadLetters.replay()) outcomes.push(outcome);
    expect(outcomes).toEqual(['handled']);
    expect(triesOf(run)).toHaveLength(4);
  });

  test('has what a handler acknowledges by hand accepted, and what nobody handles rejected as stock Nest does', async () => {
    const dead = fresh('dead');
    const queue = fresh('stock');
    removedAtTheEnd(() => ({ queues: [dead] }));
    // A queue as somebody else has made it: not durable, with arguments. It is taken as it is.
    const options = { durable: false, deadLetterExchange: '', deadLetterRoutingKey: dead };
    await onChannel(async (channel) => {
      await channel.assertQueue(dead);
      await channel.assertQueue(queue, options);
    });
    const { strategy } = await served(queue);
    const client = stockRabbitClient({ queue, queueOptions: options });
    const run = fresh('hand');
    client.emit('by.hand', { run });
    client.emit('nobody', { run });
    await eventually(() => expect(triesOf(run)).toEqual([['by hand', 1]]));
    await eventually(async () => expect((await onChannel((on) => on.checkQueue(dead))).messageCount).toBe(1));
    await onChannel(async (channel) => {
      channel.sendToQueue(queue, Buffer.from('no JSON'));
      await channel.waitForConfirms();
    });
    await eventually(async () => expect((await onChannel((on) => on.checkQueue(dead))).messageCount).toBe(2));
    expect(triesOf(run)).toHaveLength(1);
    expect(await strategy.deadLetters.list()).toEqual([]);
  });

  test('reaches every replica with what is broadcast, and one of them with everything else', async () => {
    const queue = fresh('stock');
    removedAtTheEnd(() => ({ queues: [queue] }));
    const prefix = fresh('stock');
    for (let replica = 0; replica < 2; replica++)
      await startRabbit([RookeryHandlers], { prefix, rabbit: { nest: { queue } } });
    const client = stockRabbitClient({ queue });
    const run = fresh('all');
    client.emit('to.all', { run });
    client.emit('in.order', { run });
    for (let index = 0; index < 10; index++) client.emit('slow', { run });
    await untilThen(() => triesOf(run).length >= 13, { within: 20_000 });
    expect(triesOf(run)).toHaveLength(13);
    expect(triesOf(run).filter(([endpoint]) => endpoint === 'to all')).toHaveLength(2);
  });

  test('has a stream stopped when it goes', async () => {
    const client = await clientOf();
    const run = fresh('gone');
    const read = firstValueFrom(client.send('endless', run).pipe(take(10), toArray()));
    expect(await read).toHaveLength(10);
    expect(aborted).not.toContain(run);
    await client.close();
    await untilThen(() => aborted.includes(run), { within: 20_000 });
  });

  test('is served beside others of both wires', async () => {
    const { queue, prefix } = await served();
    const stock = [stockRabbitClient({ queue }), stockRabbitClient({ queue })];
    const own = rabbitClient(prefix);
    const values = Array.from({ length: 100 }, (_, index) => index);
    const answers = values.flatMap((value) => [
      ...stock.map((client) => firstValueFrom(client.send('echo', { value }))),
      own.request('echo', { value }),
    ]);
    expect(await Promise.all(answers)).toEqual(values.flatMap((value) => Array<unknown>(3).fill({ value })));
  });

  test('has what is open answered when the service goes, and what comes later waits for the next one', async () => {
    const { app, queue } = await served();
    const client = stockRabbitClient({ queue });
    const [open, run] = [fresh('open'), fresh('later')];
    const answer = firstValueFrom(client.send('waits', open));
    await eventually(() => expect(gates.has(open)).toBe(true));
    const closed = app.close();
    const asked = firstValueFrom(client.send('echo', 'later'));
    gates.get(open)?.();
    expect(await answer).toBe('done');
    await closed;
    client.emit('happened', { run, value: 1 });
    const next = await stockRabbit([StockHandlers], { queue });
    onTestFinished(() => next.close());
    expect(await asked).toBe('later');
    await eventually(() => expect(heardIn(run)).toEqual([1]));
  });

  test('has what waits for its next try kept in Rookery’s own queues, for the next Rookery replica', async () => {
    const { app, queue, prefix } = await served(undefined, { ...retries, firstDelay: 500 });
    const client = stockRabbitClient({ queue });
    const run = fresh('waits');
    client.emit('flaky', { run });
    await eventually(() => expect(triesOf(run)).toContainEqual(['flaky', 1]));
    await app.close();
    expect((await onChannel((on) => on.checkQueue(queue))).messageCount).toBe(0);
    await startRabbit([RookeryHandlers], { prefix, retries, rabbit: { nest: { queue } } });
    await eventually(() => expect(triesOf(run)).toContainEqual(['flaky', 3]));
    expect(triesOf(run).filter(([name]) => name === 'steady')).toEqual([['steady', 1]]);
  });

  test('has its events wait while their handler is paused, and becomes no dead letter', async () => {
    const queue = fresh('stock');
    removedAtTheEnd(() => ({ queues: [queue] }));
    const killSwitch = { minimum: 5, pause: 300 };
    const { strategy } = await startRabbit([RookeryHandlers], {
      ...{ prefix: fresh('stock'), retries, killSwitch, rabbit: { nest: { queue } } },
    });
    const client = stockRabbitClient({ queue });
    const run = fresh('switched');
    const states: string[] = [];
    strategy.watchEndpoints(({ state }) => void states.push(state));
    broken = true;
    for (let index = 0; index < 50; index++) client.emit('switched', { run });
    await eventually(() => expect(states).toContain('paused'));
    for (let index = 0; index < 50; index++) client.emit('switched', { run });
    await eventually(async () =>
      expect((await onChannel((on) => on.checkQueue(queue))).messageCount).toBe(0),
    );
    broken = false;
    await untilThen(() => triesOf(run).length >= 100, { within: 20_000 });
    expect(triesOf(run)).toHaveLength(100);
    expect(await strategy.deadLetters.list()).toEqual([]);
  });

  test('goes on when the connections of the service are cut', async () => {
    const { queue, strategy } = await served();
    const client = stockRabbitClient({ queue });
    const run = fresh('cut');
    const values = Array.from({ length: 300 }, (_, index) => index);
    for (const value of values) {
      client.emit('happened', { run, value });
      if (value % 100 === 50) cutOff(strategy);
      if (value % 10 === 0) await firstValueFrom(client.send('echo', value).pipe(timeout(20_000)));
    }
    await eventually(() => expect(new Set(heardIn(run))).toEqual(new Set(values)));
  });

  test('by its url alone: the queue has the name of the service', async () => {
    const service = fresh('named');
    const removed = { queues: [service] };
    removedAtTheEnd(() => removed);
    const { app, strategy } = await createService('memory', moduleOf([StockHandlers]), {
      ...{ service, url: URL_OF_BROKER, wires: ['rookery', 'nest'] },
    });
    await app.listen();
    const { queues } = strategy.describe().transport as RabbitmqDescription;
    removed.queues.push(...queues.filter((name) => name.includes(service)));
    expect(await firstValueFrom(stockRabbitClient({ queue: service }).send('echo', 'named'))).toBe('named');
  });

  test('a queue that stock Nest would declare otherwise stops the start, by name', async () => {
    const queue = fresh('stock');
    removedAtTheEnd(() => ({ queues: [queue] }));
    await onChannel((channel) => channel.assertQueue(queue, { durable: false }));
    const nest = { queue, queueOptions: { durable: true } };
    const error = await failure(startRabbit([StockHandlers], { prefix: fresh('stock'), rabbit: { nest } }));
    expect(error).toMatchObject({ code: 'CONFIGURATION' });
    expect(String(error)).toMatch(/durable/);
  });
});
