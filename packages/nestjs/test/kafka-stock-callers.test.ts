import { Controller } from '@nestjs/common';
import {
  Ctx,
  EventPattern,
  KafkaContext,
  MessagePattern,
  Payload,
  RpcException,
} from '@nestjs/microservices';
import type { RookeryOptions, RookeryStrategy } from '@rookery/nestjs';
import { concatMap, firstValueFrom, from, lastValueFrom, of, throwError, timer, toArray } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { createService, eventually, moduleOf } from './application.js';
import { absent, fresh, makeTopics, stockClient, transportOf } from './kafka-stock.js';

beforeEach(({ skip }) => {
  if (absent) skip(absent);
});

const heard: unknown[] = [];
const tries: string[] = [];

/** Handlers as any service on Kafka has them, with the names of topics of their own. */
const names = {
  ...{ echo: fresh('math.echo'), kinds: fresh('math_kinds'), stream: fresh('stream'), fails: fresh('fails') },
  ...{
    happened: fresh('order_created'),
    flaky: fresh('flaky'),
    poison: fresh('poison'),
    noted: fresh('noted'),
  },
};

@Controller()
class Handlers {
  @MessagePattern(names.echo)
  echo(@Payload() data: unknown, @Ctx() context: KafkaContext) {
    const { key, headers } = context.getMessage();
    return { data, by: key, trace: headers?.['trace'], topic: context.getTopic() };
  }

  @MessagePattern(names.kinds)
  kinds(@Payload() kind: string) {
    const answers: Record<string, unknown> = {
      text: 'plain "text"',
      number: 7,
      list: [1, { a: null }],
      void: undefined,
      message: { key: 'k', value: { n: 1 }, headers: { a: 'b' } },
    };
    return answers[kind];
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
        concatMap((n) => (n === 2 ? throwError(() => new RpcException('late')) : of(n))),
      );
    throw new Error('a secret of this service');
  }

  @MessagePattern(names.noted)
  noted(@Payload() data: unknown) {
    heard.push(['noted', data]);
  }

  @EventPattern<string>(names.happened)
  happened(@Payload() data: unknown, @Ctx() context: KafkaContext) {
    heard.push([data, context.getMessage().key, context.getMessage().headers?.['trace']]);
  }

  @EventPattern<string>(names.flaky)
  flaky(@Payload() run: string) {
    tries.push(run);
    if (tries.length < 3) throw new Error('not yet');
  }

  @EventPattern<string>(names.poison, { retries: { attempts: 2 } })
  poison() {
    throw new Error('never');
  }
}

async function service(options: RookeryOptions = {}): Promise<RookeryStrategy> {
  await makeTopics(Object.values(names)).catch(() => undefined); // they are there after the first test
  const { app, strategy } = await createService('memory', moduleOf([Handlers]), {
    service: fresh('callee'),
    transport: transportOf({ wires: ['rookery', 'nest'] }),
    retries: { firstDelay: 10, maxDelay: 50 },
    ...options,
  });
  await app.listen();
  return strategy;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe('a stock client of a Rookery service on Kafka', () => {
  test('gets answers, streams and errors as from stock Nest', async () => {
    await service();
    const client = await stockClient([names.echo, names.kinds, names.stream, names.fails]);
    const send = (pattern: string, data: unknown) => firstValueFrom(client.send<unknown>(pattern, data));

    const [topic, trace] = [names.echo, 't'];
    expect(await send(names.echo, { a: [1, null, 'x'] })).toEqual({
      data: { a: [1, null, 'x'] },
      by: null,
      topic,
    });
    expect(await send(names.echo, 'text')).toMatchObject({ data: 'text' });
    expect(await send(names.echo, 5)).toMatchObject({ data: '5' });
    expect(await send(names.echo, { key: 'k', value: { n: 1 }, headers: { trace } })).toEqual({
      ...{ data: { n: 1 }, by: 'k', trace, topic },
    });
    expect(await send(names.kinds, 'text')).toBe('plain "text"');
    expect(await send(names.kinds, 'number')).toBe('7');
    expect(await send(names.kinds, 'list')).toEqual([1, { a: null }]);
    expect(await send(names.kinds, 'void')).toBeNull();
    expect(await send(names.kinds, 'message')).toEqual({ n: 1 });
    const large = '鴉😀x'.repeat(50_000);
    expect(await send(names.echo, large)).toMatchObject({ data: large });

    const values = (count: number, paced: boolean) =>
      lastValueFrom(client.send<{ index: number } | null>(names.stream, { count, paced }).pipe(toArray()));
    const expected = Array.from({ length: 300 }, (_, index) => ({ index }));
    // Stock clients see an end without a value as null.
    expect((await values(300, false)).filter((each) => each !== null)).toEqual(expected);
    expect((await values(300, true)).filter((each) => each !== null)).toEqual(expected);

    expect(await failure(send(names.fails, 'text'))).toEqual({ status: 'error', message: 'not today' });
    expect(await failure(send(names.fails, 'object'))).toEqual({ status: 404, reason: 'unknown' });
    expect(await failure(send(names.fails, 'any'))).toEqual({
      status: 'error',
      message: 'Internal server error',
    });
    const late = client.send<unknown>(names.fails, 'late').pipe(toArray());
    expect(await failure(lastValueFrom(late))).toEqual({ status: 'error', message: 'late' });

    const calls = Array.from({ length: 500 }, (_, n) => send(names.echo, { n }));
    expect(await Promise.all(calls)).toEqual(
      Array.from({ length: 500 }, (_, n) => expect.objectContaining({ data: { n } }) as unknown),
    );
  });

  test('has its events handled, retried and kept as dead letters', async () => {
    heard.length = 0;
    const { deadLetters } = await service();
    const client = await stockClient([]);
    const emit = (pattern: string, data: unknown) => lastValueFrom(client.emit(pattern, data));
    await emit(names.happened, { n: 1 });
    await emit(names.happened, { key: { id: 1 }, value: 'text', headers: { trace: '{"t":1}' } });
    await emit(names.noted, { n: 2 });
    await emit(names.flaky, 'run');
    await emit(names.poison, { n: 3 });
    await eventually(() => expect(heard).toHaveLength(3));
    expect(heard).toEqual(
      expect.arrayContaining([
        [{ n: 1 }, null, undefined],
        ['text', { id: 1 }, { t: 1 }],
        ['noted', { n: 2 }],
      ]),
    );
    await eventually(() => expect(tries).toEqual(['run', 'run', 'run']));
    await eventually(async () =>
      expect((await deadLetters.list()).map(({ message }) => message.envelope.pattern)).toEqual([
        names.poison,
      ]),
    );
  });
});
