import { Controller, NotFoundException } from '@nestjs/common';
import { EventPattern, MessagePattern, RpcException } from '@nestjs/microservices';
import { RookeryClient } from '@rookery/nestjs';
import { firstValueFrom, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { clientOf, eventually, freshUrl, MEDIA, moduleOf, startService } from './application.js';

class InsufficientFunds extends Error {
  override readonly name = 'InsufficientFunds';
  readonly code = 'E_FUNDS';
}

const tries: number[] = [];

@Controller()
class FailingController {
  @MessagePattern('rpc.text')
  text() {
    throw new RpcException('not today');
  }

  @MessagePattern('rpc.object')
  object() {
    throw new RpcException({ status: 404, reason: 'unknown user', details: { id: 7 } });
  }

  @MessagePattern('own')
  own() {
    throw new InsufficientFunds('the account is empty');
  }

  @MessagePattern('late')
  async late() {
    await Promise.resolve();
    throw new TypeError('later');
  }

  @MessagePattern('observed')
  observed() {
    return throwError(() => new InsufficientFunds('in a stream'));
  }

  @MessagePattern('http')
  http() {
    throw new NotFoundException('no such user');
  }

  @MessagePattern('users.get')
  get() {}

  @MessagePattern('silent')
  silent() {
    return new Promise(() => undefined);
  }

  @EventPattern<string>('twice')
  twice() {
    tries.push(tries.length);
    if (tries.length < 3) throw new InsufficientFunds('not yet');
  }
}

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

describe.each(MEDIA)('errors over %s', (medium) => {
  const root = moduleOf([FailingController]);

  test('an RpcException arrives as stock Nest delivers it', async () => {
    const client = clientOf((await startService(medium, root)).url);
    const text = { status: 'error', message: 'not today' };
    const object = { status: 404, reason: 'unknown user', details: { id: 7 } };
    expect(await caught(client.request('rpc.text'))).toEqual(text);
    expect(await caught(firstValueFrom(client.send('rpc.text', 0)))).toEqual(text);
    expect(await caught(client.request('rpc.object'))).toEqual(object);
    expect(await caught(firstValueFrom(client.send('rpc.object', 0)))).toEqual(object);
  });

  test('any other error arrives with name, message and code, without a stack', async () => {
    const client = clientOf((await startService(medium, root, { exposeStack: true })).url);
    const error = await caught(client.request('own'));
    expect(error).toBeInstanceOf(Error);
    const own = { name: 'InsufficientFunds', message: 'the account is empty', code: 'E_FUNDS' };
    expect(error).toMatchObject(own);
    expect(error).toHaveProperty('remoteStack', undefined);
    expect(await caught(client.request('late'))).toMatchObject({ name: 'TypeError', message: 'later' });
    expect(await caught(client.request('observed'))).toMatchObject({
      code: 'E_FUNDS',
      message: 'in a stream',
    });
    const http = { name: 'NotFoundException', message: 'no such user', status: 404 };
    expect(await caught(client.request('http'))).toMatchObject(http);
  });

  test('the stack arrives only where both sides allow it', async () => {
    const open = await startService(medium, root, { exposeStack: true });
    const shut = await startService(medium, root);
    const stackOf = async (url: string, acceptStack: boolean) =>
      ((await caught(clientOf(url, { acceptStack }).request('own'))) as { remoteStack?: string }).remoteStack;
    expect(await stackOf(open.url, true)).toContain('FailingController.own');
    expect(await stackOf(open.url, false)).toBeUndefined();
    expect(await stackOf(shut.url, true)).toBeUndefined();
  });

  test('an unknown pattern names the service and near matches', async () => {
    const client = clientOf((await startService(medium, root)).url);
    const error = await caught(client.request('user.get'));
    expect(error).toMatchObject({
      code: 'NO_HANDLER',
      message: "'tested' has no handler for the request user.get; did you mean users.get?",
    });
    expect(await caught(client.request({ cmd: 'x' }))).toMatchObject({ code: 'NO_HANDLER' });
    expect(await caught(client.request('twice'))).toMatchObject({
      message: "'tested' has no handler for the request twice; it handles it as an event: emit or publish it",
    });
  });

  test('a missed deadline is a typed error', async () => {
    const { url } = await startService(medium, root, { drainTimeout: 20 }); // the handler never returns
    const client = clientOf(url, { timeout: 60 });
    expect(await caught(client.request('silent'))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      recourse: 'unknown',
      message: "no answer from 'tested' to silent within 60 ms; it was sent, and may have been handled",
    });
  });

  test('a value that JSON would lose is refused where it is sent', async () => {
    const client = clientOf((await startService(medium, root)).url);
    expect(await caught(client.request('users.get', { seen: new Map() }))).toMatchObject({
      code: 'NOT_ENCODABLE',
      message: '$.seen is a Map, which JSON cannot carry: send Object.fromEntries(map) or its entries',
    });
  });

  test('an event whose handler throws comes again', async () => {
    tries.length = 0;
    const retries = { attempts: 5, firstDelay: 1, factor: 1, maxDelay: 1 };
    const { url } = await startService(medium, root, { retries });
    await firstValueFrom(clientOf(url).emit('twice', 0));
    await eventually(() => expect(tries).toEqual([0, 1, 2]));
  });
});

test('nobody at the address: the call waits up to its deadline and says that it was never sent', async () => {
  const client = new RookeryClient({ to: 'math', url: 'tcp://127.0.0.1:1', timeout: 100 });
  const error = await caught(client.request('sum', []));
  expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', recourse: 'retryable' });
  expect((error as Error).message).toContain(
    "no answer from 'math' to sum within 100 ms; it was never sent: ",
  );
  expect((error as Error).message).toContain('127.0.0.1:1');
  const unreachable = await caught(client.connect());
  expect(unreachable).toMatchObject({ code: 'UNAVAILABLE' });
  expect((unreachable as Error).message).toContain("'math' could not be reached within 100 ms: ");
  await client.close();
});

test('a message of bad options says what, where and what to do', () => {
  const message = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return (error as Error).message;
    }
    return expect.unreachable();
  };
  expect(message(() => new RookeryClient({ to: 'math' }))).toBe(
    "RookeryClient({ to: 'math' }) does not say where to connect: " +
      "set url (for example 'tcp://127.0.0.1:3001' or 'memory:') or ROOKERY_URL",
  );
  expect(message(() => new RookeryClient({ to: 'math', url: 'localhost:3001' }))).toBe(
    'url of RookeryClient({ to: \'math\' }) has no scheme: "localhost:3001"; write for example tcp://127.0.0.1:3001',
  );
  expect(message(() => new RookeryClient({ url: 'pigeon://roof' }))).toMatch(
    /^no transport for pigeon: urls; there are .*memory:, tcp:, tcps:$/,
  );
  expect(message(() => new RookeryClient({ url: 'tcp://a:1,memory://b' }))).toContain('mixes the schemes');
  expect(freshUrl('memory')).toContain('memory:');
});
