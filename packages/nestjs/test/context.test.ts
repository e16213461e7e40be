import {
  Controller,
  Injectable,
  UseInterceptors,
  type CallHandler,
  type NestInterceptor,
} from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { callContext, currentContext, RookeryContext, runWith } from '@rookery/nestjs';
import { firstValueFrom, tap } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { addressOf, clientOf, createService, eventually, MEDIA, moduleOf } from './application.js';

const seen: string[] = [];

/** Far below a handler, where nothing is passed on. */
@Injectable()
class Deep {
  async look(): Promise<string> {
    await Promise.resolve();
    const first = `${callContext()?.tenant} ${currentContext()?.messageId}`;
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(`${callContext()?.tenant} ${currentContext()?.messageId}`).toBe(first);
    return first;
  }
}

@Injectable()
class Looking implements NestInterceptor {
  intercept(_: unknown, next: CallHandler) {
    const before = callContext()?.tenant;
    return next.handle().pipe(tap(() => expect(callContext()?.tenant).toBe(before)));
  }
}

@Controller()
class ContextController {
  constructor(private readonly deep: Deep) {}

  @MessagePattern('plain')
  async plain(@Ctx() context: RookeryContext) {
    return [`${context.tenant} ${context.id}`, await this.deep.look()];
  }

  @MessagePattern('intercepted')
  @UseInterceptors(Looking)
  async intercepted(@Ctx() context: RookeryContext) {
    return [`${context.tenant} ${context.id}`, await this.deep.look()];
  }

  @EventPattern('event')
  async event(@Payload() tenant: string) {
    seen.push(`${tenant} ${(await this.deep.look()).split(' ')[0]}`);
  }

  @MessagePattern('baggage')
  baggage(@Ctx() context: RookeryContext) {
    context.baggage.set('shard', '7');
    return { header: [...callContext()!.baggage], caller: context.caller, cause: context.causationId };
  }
}

describe.each(MEDIA)('the context over %s', (medium) => {
  test.each(['without', 'with'])(
    'of messages that arrive in one turn is each their own, %s hooks',
    async (hooks) => {
      seen.length = 0;
      const { app, strategy } = await createService(medium, moduleOf([ContextController], [Deep]));
      if (hooks === 'with') strategy.setOnProcessingStartHook((_transport, _context, done) => void done());
      await app.listen();
      const client = clientOf(addressOf(strategy));
      await client.connect();
      const tenants = Array.from({ length: 25 }, (_, index) => `t${index}`);
      const asked = tenants.flatMap((tenant) =>
        ['plain', 'intercepted'].map((pattern) =>
          runWith({ tenant }, async () => ({
            tenant,
            said: await client.request<[string, string]>(pattern, 0),
          })),
        ),
      );
      const sent = tenants.map((tenant) =>
        runWith({ tenant }, () => firstValueFrom(client.emit('event', tenant), { defaultValue: 0 })),
      );
      for (const { tenant, said } of await Promise.all(asked)) {
        expect(said[0]).toMatch(new RegExp(`^${tenant} `));
        expect(said[1]).toBe(said[0]);
      }
      await Promise.all(sent);
      await eventually(() => expect(seen).toHaveLength(25));
      expect(new Set(seen)).toEqual(new Set(tenants.map((tenant) => `${tenant} ${tenant}`)));
      expect(callContext()).toBeUndefined();
    },
  );

  test('is read and added to by a handler’s @Ctx()', async () => {
    const { app, strategy } = await createService(medium, moduleOf([ContextController], [Deep]));
    await app.listen();
    const client = clientOf(addressOf(strategy));
    const fields = { caller: 'alice', baggage: { plan: 'gold' } };
    expect(await runWith(fields, () => client.request('baggage', 0))).toEqual({
      header: [
        ['plan', 'gold'],
        ['shard', '7'],
      ],
      caller: 'alice',
    });
  });
});
