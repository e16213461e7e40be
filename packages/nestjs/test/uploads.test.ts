import { Controller, ValidationPipe, type CallHandler, type ExecutionContext } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { isRookeryError } from '@rookery/core';
import { RookeryRecordBuilder } from '@rookery/nestjs';
import { catchError, lastValueFrom, map, of, range, throwError, toArray, type Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { addressOf, clientOf, createService, MEDIA, moduleOf, type Medium } from './application.js';

interface Line {
  readonly sku: string;
  readonly count: number;
}

class Box {
  readonly secret: string = '';
}

@Controller()
class Stock {
  @MessagePattern('stock.import')
  async import(@Payload() lines: AsyncIterable<Line>) {
    let total = 0;
    for await (const line of lines) total += line.count;
    return total;
  }

  @MessagePattern('stock.priced')
  async *priced(@Payload() lines: AsyncIterable<Line>) {
    for await (const { sku, count } of lines) yield { sku, price: count * 2 };
  }

  @MessagePattern('stock.first')
  async first(@Payload() lines: AsyncIterable<Line>) {
    for await (const { sku } of lines) return sku;
    return 'none';
  }

  @MessagePattern('stock.box')
  box(@Payload() box: Box) {
    return box;
  }
}

async function* lines(count: number): AsyncGenerator<Line> {
  for (let n = 0; n < count; n++) yield { sku: `s${n}`, count: n };
}

async function stock(medium: Medium) {
  const { app, strategy } = await createService(medium, moduleOf([Stock]));
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidUnknownValues: false }));
  app.useGlobalInterceptors({
    intercept: (_: ExecutionContext, next: CallHandler): Observable<unknown> =>
      next.handle().pipe(map((all) => all)),
  });
  await app.listen();
  return clientOf(addressOf(strategy));
}

test.each(MEDIA)('on %s an upload reaches its handler past pipes and interceptors', async (medium) => {
  const client = await stock(medium);
  expect(await client.request('stock.box', { secret: 'x' })).toEqual({}); // the pipe does its work
  expect(await client.request('stock.import', lines(1_000))).toBe(499_500);
  expect(await lastValueFrom(client.send('stock.import', lines(10)))).toBe(45);
  const observed = range(0, 200).pipe(map((count) => ({ sku: 's', count })));
  expect(await lastValueFrom(client.send('stock.import', observed))).toBe(19_900);
  const record = new RookeryRecordBuilder(lines(10)).setHeaders({ a: 'b' }).build();
  expect(await lastValueFrom(client.send('stock.import', record))).toBe(45);
  expect(await client.request('stock.first', lines(1_000_000_000))).toBe('s0');
});

test.each(MEDIA)('on %s both directions stream at once', async (medium) => {
  const client = await stock(medium);
  const priced = await lastValueFrom(client.send('stock.priced', lines(500)).pipe(toArray()));
  expect(priced).toHaveLength(500);
  expect(priced[499]).toEqual({ sku: 's499', price: 998 });
  const prices: unknown[] = [];
  for await (const { price } of client.stream<{ price: number }>('stock.priced', lines(300)))
    prices.push(price);
  expect(prices).toEqual(Array.from({ length: 300 }, (_, n) => n * 2));
});

test.each(MEDIA)('on %s a source that fails fails the call with its own error', async (medium) => {
  const client = await stock(medium);
  const own = new RangeError('out of paper');
  const failed = client
    .send(
      'stock.import',
      throwError(() => own),
    )
    .pipe(catchError((error: unknown) => of(error)));
  expect(await lastValueFrom(failed)).toBe(own);
  await expect(client.emit('stock.counted', lines(3)).toPromise()).rejects.toSatisfy(
    (error) => isRookeryError(error) && error.code === 'NOT_ENCODABLE',
  );
});
