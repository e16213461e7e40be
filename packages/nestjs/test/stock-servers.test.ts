import { Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { RookeryClient, RookeryModule, getClientToken } from '@rookery/nestjs';
import { tcp } from '@rookery/tcp';
import { Test } from '@nestjs/testing';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import type { AddressInfo, Server } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientOf, eventually, startService, moduleOf } from './application.js';
import { gates, heardIn, StockHandlers, TEXTS } from './stock-handlers.js';

/** An unchanged service of stock Nest. */
async function stockService(port = 0): Promise<{ app: INestMicroservice; url: string; port: number }> {
  @Module({ controllers: [StockHandlers] })
  class App {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
    logger: false,
  });
  onTestFinished(() => app.close());
  await app.listen();
  const address = app.unwrap<Server>().address() as AddressInfo;
  return { app, port: address.port, url: `tcp://127.0.0.1:${address.port}` };
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

const stock = { wire: 'nest' } as const;

describe('a Rookery client of a stock service', () => {
  test('gets answers: values, none, null, object patterns', async () => {
    const client = clientOf((await stockService()).url, stock);
    expect(await client.request('echo', { a: [1, null, 'x'] })).toEqual({ a: [1, null, 'x'] });
    expect(await client.request({ by: 'object', cmd: 'sum' }, [1, 2, 3])).toBe(6);
    expect(await client.request('void', {})).toBeUndefined();
    expect(await lastValueFrom(client.send('void', {}), { defaultValue: 'nothing' })).toBe('nothing');
    expect(await client.request('nil', {})).toBeNull();
    expect(await client.request('echo')).toBeUndefined();
  });

  test.each(TEXTS)('gets its text back: %s', async (_, text) => {
    const client = clientOf((await stockService()).url, stock);
    expect(await client.request('echo', { text })).toEqual({ text });
  });

  test('gets 1 MiB back, and thousands of calls at once', async () => {
    const client = clientOf((await stockService()).url, stock);
    const large = '鴉😀x'.repeat(300_000);
    expect(await client.request('echo', large)).toBe(large);
    const calls = Array.from({ length: 5000 }, (_, index) => client.request('echo', index));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 5000 }, (_, index) => index));
  });

  test('gets streams whole and in order, and as slowly as it reads', async () => {
    const client = clientOf((await stockService()).url, stock);
    const values = Array.from({ length: 5000 }, (_, index) => index);
    expect(await firstValueFrom(client.send('stream', 5000).pipe(toArray()))).toEqual(values);
    const pulled: unknown[] = [];
    for await (const value of client.stream('stream', 5000)) pulled.push(value);
    expect(pulled).toEqual(values);
    expect(await firstValueFrom(client.send('paced', 50).pipe(take(3), toArray()))).toEqual([0, 1, 2]);
    expect(await client.request('stream', 3)).toBe(0);
    expect(await client.request('echo', 'still')).toBe('still');
  });

  test('catches what a stock client would; an unknown pattern is NoHandler', async () => {
    const client = clientOf((await stockService()).url, stock);
    const unknown = { status: 'error', message: 'Internal server error' };
    const ask = (pattern: string) => failure(client.request(pattern, {}));
    expect(await ask('fails')).toEqual(unknown);
    expect(await ask('fails.http')).toEqual(unknown);
    expect(await ask('fails.text')).toEqual({ status: 'error', message: 'not today' });
    expect(await ask('fails.object')).toEqual({ status: 404, reason: 'unknown user', details: { id: 7 } });
    expect(await failure(lastValueFrom(client.send('stream.fails', {})))).toEqual({
      status: 'error',
      message: 'after one',
    });
    expect(await ask('nowhere')).toMatchObject({
      code: 'NO_HANDLER',
      message: "'tested' has no handler for the request nowhere",
    });
  });

  test('has its events delivered', async () => {
    const client = clientOf((await stockService()).url, stock);
    for (let index = 0; index < 300; index++) client.emit('happened', { run: 'out', value: index });
    client.emit({ a: 1, event: 'object' }, { run: 'out.object', value: '鴉' });
    await eventually(() => expect(heardIn('out')).toHaveLength(300));
    expect(heardIn('out')).toEqual(Array.from({ length: 300 }, (_, index) => index));
    await eventually(() => expect(heardIn('out.object')).toEqual(['鴉']));
  });

  test('keeps its own deadline', async () => {
    const client = clientOf((await stockService()).url, { ...stock, timeout: 50 });
    expect(await failure(client.request('waits', 'deadline'))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      recourse: 'unknown',
    });
    gates.get('deadline')?.();
  });

  test('hears of a server that goes, and finds the next one there', async () => {
    const first = await stockService();
    const client = clientOf(first.url, stock);
    const open = failure(client.request('waits', 'restart'));
    await eventually(() => expect(gates.has('restart')).toBe(true));
    await first.app.close();
    expect(await open).toMatchObject({ code: 'CONNECTION_LOST', recourse: 'unknown' });
    const meanwhile = client.request('echo', 'meanwhile');
    await stockService(first.port);
    expect(await meanwhile).toBe('meanwhile');
    gates.get('restart')?.();
  });

  test('hears that a Rookery service speaks the other wire', async () => {
    const { url } = await startService('tcp', moduleOf([StockHandlers]));
    const error = await failure(clientOf(url, stock).request('echo', 1));
    expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION', recourse: 'terminal' });
    expect(String(error)).toContain("leave out wire: 'nest'");
  });

  test('hears that a stock service may be what does not greet', async () => {
    const { url } = await stockService();
    const transport = tcp({ services: { tested: url }, connectTimeout: 100 });
    const client = new RookeryClient({ to: 'tested', transport, timeout: 1_000 });
    onTestFinished(() => client.close());
    const error = await failure(client.request('echo', 1));
    expect(String(error)).toContain("if that is a stock Nest server, call it with wire: 'nest'");
  });

  test('is one of a module that also calls Rookery services', async () => {
    const legacy = await stockService();
    const modern = await startService('tcp', moduleOf([StockHandlers]), { service: 'modern' });
    const module = await Test.createTestingModule({
      imports: [
        RookeryModule.forRoot({
          service: 'gateway',
          services: { legacy: { url: legacy.url, wire: 'nest' }, modern: modern.url },
        }),
        RookeryModule.forFeature(['legacy', 'modern']),
      ],
    }).compile();
    onTestFinished(() => module.close());
    for (const name of ['legacy', 'modern']) {
      expect(await module.get<RookeryClient>(getClientToken(name)).request('echo', name)).toBe(name);
    }
  });
});
