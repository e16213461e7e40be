import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { RookeryRecordBuilder } from '@rookery/nestjs';
import { eventually } from '@rookery/testing';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { createService, MEDIA, moduleOf, startService, clientOf } from './application.js';

/** A service whose one place is taken until `end` is called. */
function slow() {
  const works: PromiseWithResolvers<string>[] = [];
  @Controller()
  class Slow {
    @MessagePattern('work')
    work(): Promise<string> {
      works.push(Promise.withResolvers());
      return works.at(-1)!.promise;
    }
  }
  return { works, root: moduleOf([Slow]) };
}

describe.each(MEDIA)('a Nest service on %s', (medium) => {
  test('handles as many requests as it is told, and says so', async () => {
    const { works, root } = slow();
    const { url, strategy } = await startService(medium, root, { requests: { concurrency: 1, queue: 1 } });
    const client = clientOf(url, { retry: false });
    const first = client.request('work', 1);
    const second = client.request('work', 2);
    await eventually(() => strategy.describe().now['waiting'] === 1);
    await expect(client.request('work', 3)).rejects.toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining("'tested' is overloaded: 1 requests wait"),
      retryAfter: expect.any(Number),
    });
    expect(works).toHaveLength(1);
    works[0]!.resolve('a');
    await eventually(() => works.length === 2);
    works[1]!.resolve('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
    const { service, policies, transport } = strategy.describe();
    expect(service).toBe('tested');
    expect(policies.map(({ name }) => name)).toEqual(['deadline', 'callers', 'shedding', 'idempotency']);
    expect(policies[2]!.values['concurrency']).toEqual({ value: 1, from: 'server' });
    expect(transport.scheme).toBe(medium);
  });

  test('limits callers by name, and handles a key once', async () => {
    const { works, root } = slow();
    const { url } = await startService(medium, root, { callers: { limits: { batch: 0 } } });
    const batch = clientOf(url, { from: 'batch', retry: false });
    await expect(batch.request('work', 1)).rejects.toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining("'batch'"),
    });
    const web = clientOf(url, { from: 'web' });
    const record = new RookeryRecordBuilder(1).setIdempotencyKey('k').build();
    const both = [firstValueFrom(web.send('work', record)), web.request('work', record)];
    await eventually(() => works.length === 1);
    works[0]!.resolve('once');
    expect(await Promise.all(both)).toEqual(['once', 'once']);
    expect(await web.request('work', record)).toBe('once');
    expect(works).toHaveLength(1);
  });
});

test('it can be described once it listens', async () => {
  const { strategy } = await createService('memory', slow().root);
  expect(() => strategy.describe()).toThrow('before describe()');
});
