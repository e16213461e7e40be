import { ClientProxyFactory, Transport, type ClientProxy } from '@nestjs/microservices';
import { RookeryContext, type RookeryOptions } from '@rookery/nestjs';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { clientOf, eventually, moduleOf, startService } from './application.js';
import { gates, heardIn, StockHandlers, TEXTS } from './stock-handlers.js';

const aborted: string[] = [];
const tries: string[] = [];

@Controller()
class RookeryHandlers {
  @MessagePattern('abort')
  async abort(@Payload() run: string, @Ctx() context: RookeryContext) {
    await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
    aborted.push(run);
  }

  @MessagePattern('pulled')
  async *pulled(@Payload() count: number) {
    for (let index = 0; index < count; index++) yield { index, text: 'x'.repeat(1000) };
  }

  @MessagePattern('metadata')
  metadata(@Ctx() context: RookeryContext) {
    return context.getMetadata() ?? 'none';
  }

  @EventPattern('flaky')
  flaky(@Payload() run: string) {
    tries.push(run);
    if (tries.filter((each) => each === run).length < 3) throw new Error('not yet');
  }
}

const root = moduleOf([StockHandlers, RookeryHandlers]);

async function service(options: RookeryOptions = {}) {
  return startService('tcp', root, { wires: ['rookery', 'nest'], ...options });
}

/** An unchanged client of stock Nest. */
function stockClient(url: string): ClientProxy {
  const { hostname, port } = new URL(url);
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: hostname, port: Number(port) },
  });
  onTestFinished(() => void client.close());
  return client;
}

/** Nest 12 has it, 11 has not. */
interface Hooked {
  setOnDispatchHook?(hook: (packet: { metadata?: unknown }) => void): void;
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe('a stock client of a Rookery service', () => {
  test('hands over what its dispatch hook adds, on Nest 12', async () => {
    const client = stockClient((await service()).url);
    const hooked: Hooked = client;
    hooked.setOnDispatchHook?.((packet) => (packet.metadata = { tenant: 'acme' }));
    const wanted = 'setOnDispatchHook' in client ? { tenant: 'acme' } : 'none';
    expect(await firstValueFrom(client.send('metadata', {}))).toEqual(wanted);
  });

  test('is told that an event is no request; an event for a request handler is dropped', async () => {
    const client = stockClient((await service()).url);
    await expect(firstValueFrom(client.send('happened', {}))).rejects.toMatch('no matching message handler');
    const run = 'dropped';
    await firstValueFrom(client.emit('waits', run), { defaultValue: undefined });
    expect(await firstValueFrom(client.send('echo', 'after it'))).toBe('after it');
    expect(gates.has(run)).toBe(false);
  });

  test('gets answers: values, none, null, object patterns', async () => {
    const client = stockClient((await service()).url);
    expect(await firstValueFrom(client.send('echo', { a: [1, null, 'x'] }))).toEqual({ a: [1, null, 'x'] });
    expect(await firstValueFrom(client.send({ by: 'object', cmd: 'sum' }, [1, 2, 3]))).toBe(6);
    expect(await lastValueFrom(client.send('void', {}), { defaultValue: 'nothing' })).toBe('nothing');
    expect(await firstValueFrom(client.send('nil', {}))).toBeNull();
  });

  test.each(TEXTS)('gets its text back: %s', async (_, text) => {
    const client = stockClient((await service()).url);
    expect(await firstValueFrom(client.send('echo', { text }))).toEqual({ text });
  });

  test('gets 1 MiB back, and thousands of calls at once', async () => {
    const client = stockClient((await service()).url);
    const large = '鴉😀x'.repeat(300_000);
    expect(await firstValueFrom(client.send('echo', large))).toBe(large);
    const calls = Array.from({ length: 5000 }, (_, index) => firstValueFrom(client.send('echo', index)));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 5000 }, (_, index) => index));
  });

  test('gets streams whole and in order, pushed and pulled', async () => {
    const client = stockClient((await service()).url);
    const values = Array.from({ length: 1000 }, (_, index) => index);
    expect(await firstValueFrom(client.send('stream', 1000).pipe(toArray()))).toEqual(values);
    expect(await firstValueFrom(client.send('stream', 0).pipe(toArray()))).toEqual([]);
    const pulled = await firstValueFrom(client.send<{ index: number }>('pulled', 3000).pipe(toArray()));
    expect(pulled.map(({ index }) => index)).toEqual(Array.from({ length: 3000 }, (_, index) => index));
    expect(await firstValueFrom(client.send('paced', 50).pipe(take(3), toArray()))).toEqual([0, 1, 2]);
    expect(await firstValueFrom(client.send('echo', 'still'))).toBe('still');
  });

  test('gets errors as stock Nest sends them, and nothing of what they conceal', async () => {
    const client = stockClient((await service({ exposeStack: true })).url);
    const unknown = { status: 'error', message: 'Internal server error' };
    const ask = (pattern: string) => failure(lastValueFrom(client.send(pattern, {})));
    expect(await ask('fails')).toEqual(unknown);
    expect(await ask('fails.http')).toEqual(unknown);
    expect(await ask('fails.text')).toEqual({ status: 'error', message: 'not today' });
    expect(await ask('fails.object')).toEqual({ status: 404, reason: 'unknown user', details: { id: 7 } });
    expect(await ask('stream.fails')).toEqual({ status: 'error', message: 'after one' });
    const none = 'There is no matching message handler defined in the remote service.';
    expect(await ask('nowhere')).toEqual(none);
    expect(await failure(firstValueFrom(client.send({ cmd: 'none' }, {})))).toEqual(none);
  });

  test('has its events handled, and retried', async () => {
    const client = stockClient((await service()).url);
    for (let index = 0; index < 300; index++) client.emit('happened', { run: 'in', value: index });
    client.emit({ a: 1, event: 'object' }, { run: 'in.object', value: '鴉' });
    client.emit('flaky', 'flaky');
    client.emit('nobody', 1);
    await eventually(() => expect(heardIn('in')).toHaveLength(300));
    expect(heardIn('in')).toEqual(Array.from({ length: 300 }, (_, index) => index));
    await eventually(() => expect(heardIn('in.object')).toEqual(['鴉']));
    await eventually(() => expect(tries).toEqual(['flaky', 'flaky', 'flaky']));
  });

  test('cancels its requests when it goes', async () => {
    const client = stockClient((await service()).url);
    const lost = failure(firstValueFrom(client.send('abort', 'gone')));
    expect(await firstValueFrom(client.send('echo', 1))).toBe(1);
    await client.close();
    await lost;
    await eventually(() => expect(aborted).toEqual(['gone']));
  });

  test('is served beside others of both wires, on one port', async () => {
    const { url } = await service();
    const stock = [stockClient(url), stockClient(url), stockClient(url)];
    const own = [clientOf(url), clientOf(url)];
    const values = Array.from({ length: 200 }, (_, index) => index);
    const answers = values.flatMap((value) => [
      ...stock.map((client) => firstValueFrom(client.send('echo', { value }))),
      ...own.map((client) => client.request('echo', { value })),
    ]);
    expect(await Promise.all(answers)).toEqual(values.flatMap((value) => Array<unknown>(5).fill({ value })));
  });

  test('may be connected and silent for long, and call then', async () => {
    const client = stockClient((await service()).url);
    await client.connect();
    expect(await firstValueFrom(client.send('echo', 'late'))).toBe('late');
  });

  test('has what is open answered when the service goes, and hears that it has gone', async () => {
    const { app, url } = await service();
    const client = stockClient(url);
    const open = firstValueFrom(client.send('waits', 'drain'));
    await eventually(() => expect(gates.has('drain')).toBe(true));
    const closed = app.close();
    await eventually(async () =>
      expect(await failure(firstValueFrom(client.send('echo', 1)))).toMatchObject({
        status: 'error',
        code: 'UNAVAILABLE',
        message: 'the service is going down; not started',
      }),
    );
    gates.get('drain')?.();
    expect(await open).toBe('done');
    await closed;
  });

  test('hears why where the stock wire is not served', async () => {
    const { url } = await startService('tcp', root);
    const client = stockClient(url);
    const errors: string[] = [];
    (client as ClientProxy<{ error: (error: unknown) => void }>).on('error', (error) =>
      errors.push(String(error)),
    );
    expect(await failure(firstValueFrom(client.send('echo', 1)))).toBeInstanceOf(Error);
    expect(errors.join()).toContain("serve it with wires: ['rookery', 'nest']");
  });
});
