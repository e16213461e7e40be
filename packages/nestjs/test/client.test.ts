import { Controller, Injectable, Inject, Logger, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import {
  Client,
  ClientProxyFactory,
  ClientsModule,
  Ctx,
  EventPattern,
  MessagePattern,
  MqttRecordBuilder,
  NatsRecordBuilder,
  Payload,
  RmqRecordBuilder,
  RpcException,
  type ClientOptions,
  type ClientProxy,
} from '@nestjs/microservices';
import { InvalidMessageException } from '@nestjs/microservices/errors/invalid-message.exception.js';
import { RookeryClient, RookeryContext, RookeryRecordBuilder } from '@rookery/nestjs';
import { firstValueFrom, lastValueFrom, Subscription } from 'rxjs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientOf, eventually, freshUrl, MEDIA, moduleOf, startService } from './application.js';

const events: unknown[] = [];
const calls: string[] = [];
const signals: AbortSignal[] = [];

@Controller()
class EchoController {
  @MessagePattern('echo')
  echo(@Payload() data: unknown) {
    calls.push(String(data));
    return data;
  }

  @MessagePattern('about')
  about(@Ctx() context: RookeryContext) {
    const { headers, correlationId, source, attempt } = context;
    return {
      headers,
      correlated: correlationId.length > 0,
      source,
      attempt,
      timed: context.remaining <= 5_000,
    };
  }

  @MessagePattern('endless')
  async *endless(@Payload() _: unknown, @Ctx() context: RookeryContext) {
    signals.push(context.signal);
    for (let index = 0; ; index++) yield await Promise.resolve(index);
  }

  @EventPattern<string>('noted')
  noted(@Payload() data: unknown, @Ctx() context: RookeryContext) {
    events.push({ data, headers: context.headers, key: context.key });
  }
}

const root = moduleOf([EchoController]);

describe.each(MEDIA)('clients over %s', (medium) => {
  test('ClientsModule.register: only the registration changes', async () => {
    const { url } = await startService(medium, root);

    @Injectable()
    class CalcService {
      constructor(@Inject('MATH_SERVICE') readonly client: ClientProxy) {}
    }
    @Module({
      imports: [
        ClientsModule.register([
          { name: 'MATH_SERVICE', customClass: RookeryClient, options: { to: 'tested', url } },
        ]),
      ],
      providers: [CalcService],
    })
    class CallerModule {}

    const app = await NestFactory.createApplicationContext(CallerModule, { logger: false });
    onTestFinished(() => app.close());
    expect(await firstValueFrom(app.get(CalcService).client.send('echo', { a: 1 }))).toEqual({ a: 1 });
  });

  test('ClientsModule.registerAsync with ConfigService', async () => {
    const { url } = await startService(medium, root);
    @Module({
      imports: [
        ClientsModule.registerAsync([
          {
            name: 'ECHO',
            imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ ECHO_URL: url })] })],
            inject: [ConfigService],
            useFactory: (config: ConfigService) => ({
              customClass: RookeryClient,
              options: { to: 'tested', url: config.getOrThrow<string>('ECHO_URL') },
            }),
          },
        ]),
      ],
    })
    class CallerModule {}
    const app = await NestFactory.createApplicationContext(CallerModule, { logger: false });
    onTestFinished(() => app.close());
    expect(await firstValueFrom(app.get<ClientProxy>('ECHO').send('echo', 'x'))).toBe('x');
  });

  test('ClientProxyFactory and @Client()', async () => {
    const { url } = await startService(medium, root);
    const made = ClientProxyFactory.create({ customClass: RookeryClient, options: { to: 'tested', url } });
    onTestFinished(() => made.close() as Promise<void>);
    expect(await firstValueFrom(made.send('echo', 1))).toBe(1);

    @Controller()
    class Calling {
      // Nest's type of this decorator leaves out custom classes, which its code takes.
      @Client({ customClass: RookeryClient, options: { to: 'tested', url } } as ClientOptions)
      readonly client!: ClientProxy;

      @MessagePattern('through')
      through(data: string) {
        return this.client.send('echo', data);
      }
    }
    const other = await startService(medium, moduleOf([Calling]));
    expect(await clientOf(other.url).request('through', 'y')).toBe('y');
  });

  test('connect, status, on, unwrap and close', async () => {
    const { url } = await startService(medium, root);
    const client = clientOf(url);
    expect(() => client.unwrap()).toThrow('call connect() before unwrap()');
    const statuses: string[] = [];
    client.status.subscribe((status) => statuses.push(status));
    const connected = vi.fn();
    client.on('connected', connected);
    await client.connect();
    expect(client.unwrap()).toBeDefined();
    expect(statuses.at(-1)).toBe('connected');
    expect(connected).toHaveBeenCalled();
    await client.close();
    expect(statuses.at(-1)).toBe('disconnected');
    await expect(client.request('echo', 1)).rejects.toThrow('closed');
    await client.close();
  });

  test('send is cold and runs once for each subscription; emit is hot', async () => {
    const { url } = await startService(medium, root);
    const client = clientOf(url);
    calls.length = 0;
    const cold = client.send('echo', 'cold');
    expect(await client.request('echo', 'other')).toBe('other');
    expect(calls).toEqual(['other']);
    await firstValueFrom(cold);
    await firstValueFrom(cold);
    expect(calls).toEqual(['other', 'cold', 'cold']);
    const mark = `${medium}-${Math.random()}`;
    client.emit('noted', mark);
    await eventually(() => expect(events).toContainEqual({ data: mark, headers: {} }));
    expect(await lastValueFrom(client.emit('noted', 'x'))).toBeUndefined();
  });

  test('unsubscribing, and leaving a loop, cancel the work', async () => {
    const { url } = await startService(medium, root);
    const client = clientOf(url);
    signals.length = 0;
    const subscription = await new Promise<Subscription>((resolve) => {
      const inner: Subscription = client
        .send('endless', 0)
        .subscribe(() => setImmediate(() => resolve(inner)));
    });
    subscription.unsubscribe();
    for await (const value of client.stream('endless')) if (value === 5) break;
    await eventually(() => expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]));
  });

  test('the signal of the caller cancels the work', async () => {
    const { url } = await startService(medium, root);
    const client = clientOf(url);
    signals.length = 0;
    const controller = new AbortController();
    const stream = client.stream('endless', 0, { signal: controller.signal });
    expect(await stream.next()).toEqual({ value: 0, done: false });
    controller.abort(new Error('enough'));
    const rest = (async () => {
      for await (const _ of stream);
    })();
    await expect(rest).rejects.toMatchObject({ code: 'CANCELLED' });
    await eventually(() => expect(signals.map(({ aborted }) => aborted)).toEqual([true]));
    await expect(client.publishEvent('noted', 1, { delay: NaN })).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
  });

  test('null and undefined as data are an InvalidMessageException, as in stock Nest', async () => {
    const { url } = await startService(medium, root);
    const client = clientOf(url);
    for (const nothing of [null, undefined]) {
      await expect(firstValueFrom(client.send('echo', nothing))).rejects.toBeInstanceOf(
        InvalidMessageException,
      );
      await expect(firstValueFrom(client.emit('noted', nothing))).rejects.toBeInstanceOf(
        InvalidMessageException,
      );
    }
    expect(await client.request('echo', null)).toBeNull();
    expect(await client.request('echo')).toBeUndefined();
  });

  test('options per message, by a record or with the call', async () => {
    const { url } = await startService(medium, root);
    const client = clientOf(url, { from: 'caller' });
    const record = new RookeryRecordBuilder({}).setHeaders({ 'x-a': '1' }).setTimeout(1_000).build();
    const about = { headers: { 'x-a': '1' }, correlated: true, source: 'caller', attempt: 1, timed: true };
    expect(await firstValueFrom(client.send('about', record))).toEqual(about);
    expect(await client.request('about', record)).toEqual(about);
    expect(await client.request('about', record, { headers: { 'x-b': '2' } })).toEqual({
      ...about,
      headers: { 'x-b': '2' },
    });
    const mark = `${medium}-${Math.random()}`;
    await firstValueFrom(
      client.emit('noted', new RookeryRecordBuilder(mark).setKey('user-7').setDelay(1).build()),
    );
    await eventually(() => expect(events).toContainEqual({ data: mark, headers: {}, key: 'user-7' }));
  });

  test('Nest’s own records are understood', async () => {
    const { url } = await startService(medium, root);
    const client = clientOf(url);
    const natsHeaders = new Map([['x-nats', 'yes']]);
    const records = [
      [new RmqRecordBuilder({}).setOptions({ headers: { 'x-rmq': 'yes' } }).build(), { 'x-rmq': 'yes' }],
      [new NatsRecordBuilder({}).setHeaders(natsHeaders).build(), { 'x-nats': 'yes' }],
      [
        new MqttRecordBuilder({}).setProperties({ userProperties: { 'x-mqtt': 'yes' } }).build(),
        { 'x-mqtt': 'yes' },
      ],
    ] as const;
    for (const [record, headers] of records)
      expect(await client.request('about', record)).toMatchObject({ headers });
  });

  test('an event that nobody takes is logged when nobody subscribed to it', async () => {
    const { url, app } = await startService(medium, root);
    const client = clientOf(url);
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    onTestFinished(() => error.mockRestore());
    await client.connect();
    await app.close();
    await client.close();
    client.emit('noted', 1);
    await eventually(() =>
      expect(error).toHaveBeenCalledWith(expect.stringContaining('the event noted was not accepted')),
    );
  });

  test('a subclass turns responses and errors into its own, as of a stock client', async () => {
    class OwnClient extends RookeryClient {
      protected override serializeError(error: unknown): unknown {
        return new RpcException(error as object);
      }
      protected override serializeResponse(response: unknown): unknown {
        return { response };
      }
    }
    const { url } = await startService(medium, root);
    const client = new OwnClient({ to: 'tested', url });
    onTestFinished(() => client.close());
    expect(await firstValueFrom(client.send('echo', 1))).toEqual({ response: 1 });
    await expect(firstValueFrom(client.send('unknown', 1))).rejects.toBeInstanceOf(RpcException);
  });

  test('subscribeToResponseOf does nothing', async () => {
    expect(clientOf(freshUrl(medium)).subscribeToResponseOf('x')).toBeUndefined();
  });
});
