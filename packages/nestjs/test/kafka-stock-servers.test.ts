import { Controller } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  KafkaContext,
  MessagePattern,
  Payload,
  RpcException,
} from '@nestjs/microservices';
import { RookeryBus, RookeryClient, RookeryModule, RookeryRecordBuilder } from '@rookery/nestjs';
import { Test } from '@nestjs/testing';
import { concatMap, firstValueFrom, from, lastValueFrom, of, take, throwError, timer, toArray } from 'rxjs';
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createService, eventually, moduleOf } from './application.js';
import { absent, fresh, makeTopics, stockService, transportOf } from './kafka-stock.js';

beforeEach(({ skip }) => {
  if (absent) skip(absent);
});

const names = {
  ...{ echo: fresh('echo'), kinds: fresh('kinds'), stream: fresh('stream_of'), fails: fresh('fails') },
  ...{ waits: fresh('waits'), happened: fresh('order_created'), headed: fresh('headed') },
};
beforeAll(async () => {
  if (!absent) await makeTopics(Object.values(names));
});

const heard: unknown[] = [];
const gates: (() => void)[] = [];

@Controller()
class StockHandlers {
  @MessagePattern(names.echo)
  echo(@Payload() data: unknown) {
    return data;
  }

  @MessagePattern(names.kinds)
  kinds(@Payload() kind: string) {
    return { text: '"quoted"', number: 7, list: [1, null], nothing: undefined, null: null }[kind];
  }

  @MessagePattern(names.headed)
  headed(@Payload() data: unknown, @Ctx() context: KafkaContext) {
    const { key, headers } = context.getMessage();
    return { data, by: key, trace: headers?.['trace'] };
  }

  @MessagePattern(names.stream)
  stream(@Payload() { count, paced }: { count: number; paced: boolean }) {
    const values = from(Array.from({ length: count }, (_, index) => ({ index })));
    return paced ? values.pipe(concatMap((each) => timer(1).pipe(concatMap(() => of(each))))) : values;
  }

  @MessagePattern(names.fails)
  fails(@Payload() how: string) {
    if (how === 'text') throw new RpcException('not today');
    if (how === 'object') throw new RpcException({ status: 404, reason: 'unknown' });
    if (how === 'late')
      return from([1, 2]).pipe(
        concatMap((n) => (n === 2 ? throwError(() => new RpcException('late')) : of({ n }))),
      );
    throw new Error('a secret of this service');
  }

  @MessagePattern(names.waits)
  waits() {
    return new Promise((resolve) => gates.push(() => resolve('done')));
  }

  @EventPattern<string>(names.happened)
  happened(@Payload() data: unknown, @Ctx() context: KafkaContext) {
    heard.push([data, context.getMessage().key]);
  }
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

/** @param timeout long enough for kafkajs to join its group on a busy machine */
function clientOf(timeout = 25_000): RookeryClient {
  const transport = transportOf({ serviceWires: { legacy: 'nest' } });
  const client = new RookeryClient({ to: 'legacy', transport, timeout });
  onTestFinished(() => client.close());
  return client;
}

describe('a Rookery client of a stock service on Kafka', () => {
  test('gets answers, streams and errors as a stock client would', async () => {
    await stockService(fresh('legacy'), [StockHandlers]);
    const client = clientOf();
    expect(await client.request(names.echo, { a: [1, null, 'x'] })).toEqual({ a: [1, null, 'x'] });
    expect(await client.request(names.echo, 'text "x" 鴉')).toBe('text "x" 鴉');
    expect(await client.request(names.echo, 5)).toBe('5');
    expect(await client.request(names.kinds, 'text')).toBe('"quoted"');
    expect(await client.request(names.kinds, 'number')).toBe('7');
    expect(await client.request(names.kinds, 'list')).toEqual([1, null]);
    expect(await client.request(names.kinds, 'nothing')).toBeUndefined();
    expect(await client.request(names.kinds, 'null')).toBeUndefined();
    const record = new RookeryRecordBuilder({ n: 1 }).setHeaders({ trace: 't' }).setKey('k').build();
    expect(await client.request(names.headed, record)).toEqual({ data: { n: 1 }, by: 'k', trace: 't' });
    const large = '鴉😀x'.repeat(50_000);
    expect(await client.request(names.echo, { large })).toEqual({ large });

    const values = (count: number, paced = false) =>
      firstValueFrom(client.send(names.stream, { count, paced }).pipe(toArray()));
    const expected = (count: number) => Array.from({ length: count }, (_, index) => ({ index }));
    expect(await values(200)).toEqual(expected(200));
    expect(await values(100, true)).toEqual(expected(100));
    // Nest 11 never ends an empty stream on Kafka.
    if (process.env['NEST_MAJOR'] !== '11') expect(await values(0)).toEqual([]);
    const pulled: unknown[] = [];
    for await (const value of client.stream(names.stream, { count: 3_000, paced: false })) pulled.push(value);
    expect(pulled).toEqual(expected(3_000));
    const some = client.send(names.stream, { count: 500, paced: true }).pipe(take(3), toArray());
    expect(await firstValueFrom(some)).toEqual(expected(3));

    const unknown = { status: 'error', message: 'Internal server error' };
    expect(await failure(client.request(names.fails, 'any'))).toEqual(unknown);
    expect(await failure(client.request(names.fails, 'text'))).toEqual({
      status: 'error',
      message: 'not today',
    });
    expect(await failure(client.request(names.fails, 'object'))).toEqual({ status: 404, reason: 'unknown' });
    const late = failure(lastValueFrom(client.send(names.fails, 'late')));
    expect(await late).toEqual({ status: 'error', message: 'late' });
  });

  test('keeps its own deadline, and says what the wire has not', async () => {
    await stockService(fresh('legacy'), [StockHandlers]);
    await clientOf().request(names.echo, {});
    expect(await failure(clientOf(300).request(names.waits, {}))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      recourse: 'unknown',
    });
    await eventually(() => expect(gates.length).toBeGreaterThan(0));
    for (const open of gates) open();
    const upload = clientOf().request(names.echo, from([1, 2]));
    expect(await failure(upload)).toMatchObject({ code: 'CONFIGURATION' });
    const late = new RookeryRecordBuilder('x').setDelay(1_000).build();
    expect(await failure(lastValueFrom(clientOf().emit(names.happened, late)))).toMatchObject({
      code: 'CONFIGURATION',
    });
  });

  test('has its events handled by stock services and by Rookery’s, each once', async () => {
    heard.length = 0;
    const own: unknown[] = [];
    @Controller()
    class Own {
      @EventPattern<string>(names.happened)
      happened(@Payload() data: unknown) {
        own.push(data);
      }
    }
    await stockService(fresh('legacy'), [StockHandlers]);
    const { app } = await createService('memory', moduleOf([Own]), {
      service: fresh('modern'),
      transport: transportOf(),
    });
    await app.listen();
    const emit = clientOf().emit(names.happened, new RookeryRecordBuilder({ n: 1 }).setKey('k').build());
    await lastValueFrom(emit, { defaultValue: undefined });
    const module = await Test.createTestingModule({
      imports: [
        RookeryModule.forRoot({ service: 'sender', transport: transportOf({ wires: ['rookery', 'nest'] }) }),
      ],
    }).compile();
    onTestFinished(() => module.close());
    await module.get(RookeryBus).publish(names.happened, 'a "text"', { key: 'k' });
    await eventually(() => expect(heard).toHaveLength(2));
    expect(heard).toEqual([
      [{ n: 1 }, 'k'],
      ['a "text"', 'k'],
    ]);
    await eventually(() => expect(own).toEqual([{ n: 1 }, 'a "text"']));
  });
});
