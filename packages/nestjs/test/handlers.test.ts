import {
  Controller,
  Inject,
  Injectable,
  ParseIntPipe,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  Catch,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { RookeryContext } from '@rookery/nestjs';
import { firstValueFrom, from, lastValueFrom, map, of, throwError, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { clientOf, eventually, freshUrl, MEDIA, moduleOf, startService } from './application.js';

const seen: unknown[] = [];

class Doubling implements PipeTransform<number, number> {
  transform(value: number): number {
    return value * 2;
  }
}

class Wrapping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((value: unknown) => ({ wrapped: value })));
  }
}

class PassThrough implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle();
  }
}

class Refusing implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToRpc().getData<{ admin?: boolean }>().admin === true;
  }
}

@Catch(RangeError)
class Translating implements ExceptionFilter<RangeError> {
  catch(error: RangeError) {
    return throwError(() => ({ status: 'out-of-range', message: error.message }));
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  constructor(
    @Inject(REQUEST) private readonly request: { data: unknown; pattern: unknown; context: RookeryContext },
  ) {}
  describe() {
    return { data: this.request.data, isContext: this.request.context instanceof RookeryContext };
  }
}

@Controller()
class ScopedController {
  constructor(private readonly perRequest: PerRequest) {}

  @MessagePattern('scoped')
  scoped() {
    return this.perRequest.describe();
  }

  @EventPattern<string>('scoped.event')
  event() {
    seen.push({ scoped: this.perRequest.describe().data });
  }
}

let replicas = 0;

@Controller()
class ReplicaController {
  private readonly replica = replicas++;

  @EventPattern<string>('for.one')
  one(mark: string) {
    seen.push({ mark, kind: 'one', replica: this.replica });
  }

  @EventPattern<string>('for.all', { broadcast: true })
  all(mark: string) {
    seen.push({ mark, kind: 'all', replica: this.replica });
  }
}

@Controller()
class HandlersController {
  @MessagePattern({ cmd: 'sum', version: 1 })
  sum(numbers: number[]) {
    return numbers.reduce((total, each) => total + each, 0);
  }

  @MessagePattern('promised')
  promised(@Payload() data: unknown) {
    return Promise.resolve({ data });
  }

  @MessagePattern('observed')
  observed(count: number) {
    return from(Array.from({ length: count }, (_, index) => index));
  }

  @MessagePattern('single')
  single() {
    return of('only');
  }

  @MessagePattern('iterated')
  async *iterated(count: number) {
    for (let index = 0; index < count; index++) yield await Promise.resolve(index);
  }

  @UseInterceptors(PassThrough)
  @MessagePattern('iterated.intercepted')
  async *iteratedIntercepted(count: number) {
    for (let index = 0; index < count; index++) yield await Promise.resolve(index);
  }

  @MessagePattern('void')
  nothing() {}

  @MessagePattern('null')
  null() {
    return null;
  }

  @MessagePattern('field')
  field(
    @Payload('name') name: string,
    @Payload('age', ParseIntPipe) age: number,
    @Ctx() context: RookeryContext,
  ) {
    return { name, age, pattern: context.getPattern() };
  }

  @UsePipes(Doubling)
  @MessagePattern('piped')
  piped(@Payload() value: number) {
    return value;
  }

  @UseInterceptors(Wrapping)
  @MessagePattern('intercepted')
  intercepted(value: number) {
    return value;
  }

  @UseGuards(Refusing)
  @MessagePattern('guarded')
  guarded() {
    return 'in';
  }

  @UseFilters(Translating)
  @MessagePattern('filtered')
  filtered() {
    throw new RangeError('too far');
  }

  @MessagePattern(['first.name', 'second.name'])
  twoNames(@Ctx() context: RookeryContext) {
    return context.getPattern();
  }

  @EventPattern('happened')
  one(data: unknown) {
    seen.push({ one: data });
  }

  @EventPattern('happened')
  two(data: unknown) {
    seen.push({ two: data });
  }

  @EventPattern(['orders.*', 'orders.created'])
  overlapping(@Payload() data: unknown, @Ctx() context: RookeryContext) {
    seen.push({ overlapping: data, pattern: context.getPattern() });
  }

  @MessagePattern('both')
  request() {
    return 'request';
  }

  @EventPattern('both')
  event(data: unknown) {
    seen.push({ both: data });
  }

  @MessagePattern('fails')
  fails() {
    throw new RpcException('known');
  }
}

describe.each(MEDIA)('handlers over %s', (medium) => {
  const root = moduleOf([HandlersController, ScopedController], [PerRequest]);
  const connect = async () => clientOf((await startService(medium, root)).url);

  test('object patterns, in whatever order their keys are', async () => {
    const client = await connect();
    expect(await client.request({ cmd: 'sum', version: 1 }, [1, 2, 3])).toBe(6);
    expect(await firstValueFrom(client.send({ version: 1, cmd: 'sum' }, [4, 5]))).toBe(9);
  });

  test('promises, single observables, many-valued observables', async () => {
    const client = await connect();
    expect(await client.request('promised', 'x')).toEqual({ data: 'x' });
    expect(await client.request('single', 0)).toBe('only');
    expect(await lastValueFrom(client.send('observed', 1_000).pipe(toArray()))).toHaveLength(1_000);
    expect(await client.request('observed', 10)).toBe(0);
  });

  test('async iterables, also behind an interceptor', async () => {
    const client = await connect();
    for (const pattern of ['iterated', 'iterated.intercepted']) {
      const values: unknown[] = [];
      for await (const value of client.stream(pattern, 500)) values.push(value);
      expect(values).toEqual(Array.from({ length: 500 }, (_, index) => index));
    }
    expect(await lastValueFrom(client.send('iterated', 3).pipe(toArray()))).toEqual([0, 1, 2]);
  });

  test('nothing and null', async () => {
    const client = await connect();
    expect(await client.request('void')).toBeUndefined();
    expect(await client.request('null')).toBeNull();
    expect(await lastValueFrom(client.send('void', 0).pipe(toArray()))).toEqual([]);
    expect(await lastValueFrom(client.send('null', 0).pipe(toArray()))).toEqual([null]);
  });

  test('@Payload with a field and pipes, @Ctx', async () => {
    const client = await connect();
    const answer = await client.request('field', { name: 'Ada', age: '36' });
    expect(answer).toEqual({ name: 'Ada', age: 36, pattern: 'field' });
    expect(await client.request('piped', 21)).toBe(42);
  });

  test('interceptors, guards and filters', async () => {
    const client = await connect();
    expect(await client.request('intercepted', 1)).toEqual({ wrapped: 1 });
    expect(await client.request('guarded', { admin: true })).toBe('in');
    await expect(client.request('guarded', {})).rejects.toEqual({
      status: 'error',
      message: 'Forbidden resource',
    });
    await expect(client.request('filtered')).rejects.toEqual({ status: 'out-of-range', message: 'too far' });
  });

  test('request-scoped providers, for requests and events', async () => {
    const client = await connect();
    expect(await client.request('scoped', { id: 1 })).toEqual({ data: { id: 1 }, isContext: true });
    const mark = `${medium}-${Math.random()}`;
    await lastValueFrom(client.emit('scoped.event', mark));
    await eventually(() => expect(seen).toContainEqual({ scoped: mark }));
  });

  test('several patterns on one method', async () => {
    const client = await connect();
    expect(await client.request('first.name')).toBe('first.name');
    expect(await client.request('second.name')).toBe('second.name');
  });

  test('several event handlers on one pattern all run, each once', async () => {
    const client = await connect();
    const mark = `${medium}-${Math.random()}`;
    await lastValueFrom(client.emit('happened', mark));
    await eventually(() => expect(seen).toEqual(expect.arrayContaining([{ one: mark }, { two: mark }])));
    expect(seen.filter((each) => Object.values(each as object).includes(mark))).toHaveLength(2);
  });

  test('an event that matches two patterns of one handler is handled once', async () => {
    const client = await connect();
    const mark = `${medium}-${Math.random()}`;
    await lastValueFrom(client.emit('orders.created', mark));
    await lastValueFrom(client.emit('orders.paid', `${mark}-paid`));
    const paid = { overlapping: `${mark}-paid`, pattern: 'orders.paid' };
    await eventually(() => expect(seen).toContainEqual(paid));
    expect(seen.filter((each) => Object.values(each as object).includes(mark))).toHaveLength(1);
  });

  test('a request handler and an event handler of one pattern do not get in each other’s way', async () => {
    const client = await connect();
    const mark = `${medium}-${Math.random()}`;
    expect(await client.request('both', mark)).toBe('request');
    await lastValueFrom(client.emit('both', mark));
    await eventually(() => expect(seen).toContainEqual({ both: mark }));
    expect(seen.filter((each) => Object.values(each as object).includes(mark))).toHaveLength(1);
  });
});

test('one replica of a service gets an event; every live one gets a broadcast', async () => {
  const url = freshUrl('memory');
  await startService('memory', moduleOf([ReplicaController]), { url });
  await startService('memory', moduleOf([ReplicaController]), { url });
  const client = clientOf(url);
  const mark = String(Math.random());
  await lastValueFrom(client.emit('for.one', mark));
  await lastValueFrom(client.emit('for.all', mark));
  const mine = () => (seen as { mark?: string; kind: string }[]).filter((each) => each.mark === mark);
  await eventually(() => expect(mine().filter(({ kind }) => kind === 'all')).toHaveLength(2));
  await eventually(() => expect(mine().filter(({ kind }) => kind === 'one')).toHaveLength(1));
});
