import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { slotOf } from '@rookery/core';
import {
  RookeryContext,
  RookeryRecordBuilder,
  type EndpointEvent,
  type EventHandlerOptions,
} from '@rookery/nestjs';
import { lastValueFrom } from 'rxjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { clientOf, eventually, MEDIA, moduleOf, startService } from './application.js';

const handled: unknown[] = [];
const owned: unknown[] = [];
let failing = 0;

const PATIENT = { retries: { attempts: 2, firstDelay: 1, factor: 1 } } satisfies EventHandlerOptions;
const BROKEN = {
  killSwitch: { minimum: 3, pause: 20, maxPause: 20 },
  retries: { firstDelay: 1, maxDelay: 1 },
} satisfies EventHandlerOptions;

@Controller()
class StockController {
  @EventPattern<string>('moved', { ordered: true, concurrency: 8 })
  async moved(@Payload() move: { key: string; n: number }, @Ctx() { slot, fencingToken }: RookeryContext) {
    owned.push([move.key, slot, Number.isSafeInteger(fencingToken)]);
    await new Promise((resolve) => setTimeout(resolve, 3 - move.n));
    handled.push(`${move.key}${move.n}`);
  }

  @EventPattern<string>('counted', PATIENT)
  counted() {
    handled.push('counted');
    throw new Error('no');
  }

  @EventPattern<string>('stored', BROKEN)
  stored(n: number) {
    if (failing > 0) {
      failing--;
      throw new Error('the database is away');
    }
    handled.push(n);
  }
}

beforeEach(() => void handled.splice(0));

describe.each(MEDIA)('the options of an event handler, over %s', (medium) => {
  test('ordered: those of one key come one after another, in their order', async () => {
    const { url } = await startService(medium, moduleOf([StockController]));
    const client = clientOf(url);
    const sent = ['a', 'b'].flatMap((key) => [1, 2, 3].map((n) => ({ key, n })));
    await Promise.all(
      sent.map((move) =>
        lastValueFrom(client.emit('moved', new RookeryRecordBuilder(move).setKey(move.key).build())),
      ),
    );
    await eventually(() => expect(handled).toHaveLength(6));
    for (const key of ['a', 'b'])
      expect(handled.filter((move) => String(move).startsWith(key))).toEqual([1, 2, 3].map((n) => key + n));
    expect(owned).toContainEqual(['a', slotOf('a'), true]);
  });

  test('retries: as the handler says, and where it says nothing as the service does', async () => {
    const { url, strategy } = await startService(medium, moduleOf([StockController]), {
      retries: { attempts: 7, maxDelay: 50 },
    });
    await lastValueFrom(clientOf(url).emit('counted', 1));
    await eventually(async () => expect(await strategy.deadLetters.list()).toHaveLength(1));
    expect(handled).toEqual(['counted', 'counted']);
    const endpoint = strategy.describe().events.find(({ patterns }) => patterns.includes('counted'));
    expect(endpoint?.policies.find(({ name }) => name === 'retries')?.values).toMatchObject({
      attempts: { value: 2, from: 'endpoint' },
      maxDelay: { value: 50, from: 'server' },
    });
  });

  test('killSwitch: while the database is away events wait, and none is a dead letter', async () => {
    const { url, strategy } = await startService(medium, moduleOf([StockController]));
    const states: EndpointEvent['state'][] = [];
    strategy.watchEndpoints(({ state }) => states.push(state));
    failing = 6;
    const client = clientOf(url);
    await Promise.all([1, 2, 3, 4, 5].map((n) => lastValueFrom(client.emit('stored', n))));
    await eventually(() => expect(new Set(handled)).toEqual(new Set([1, 2, 3, 4, 5])));
    await eventually(() => expect(states.at(-1)).toBe('running'));
    expect(states[0]).toBe('paused');
    expect(await strategy.deadLetters.list()).toEqual([]);
  });

  test('what cannot work stops the start, by name', async () => {
    @Controller()
    class Both {
      @EventPattern<string>('x', { ordered: true, broadcast: true })
      x() {}
    }
    await expect(startService(medium, moduleOf([Both]))).rejects.toThrow(
      /Both\.x.* is a broadcast and ordered/,
    );
  });
});
