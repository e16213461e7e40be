import { Controller, Module } from '@nestjs/common';
import { Ctx, MessagePattern } from '@nestjs/microservices';
import { InjectClient, RookeryClient, RookeryContext, RookeryModule } from '@rookery/nestjs';
import { map, mergeMap } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { clientOf, MEDIA, moduleOf, startService } from './application.js';

@Controller()
class BackController {
  @MessagePattern('first')
  first() {
    return 1;
  }

  @MessagePattern('second')
  second(@Ctx() context: RookeryContext) {
    return context.causationId;
  }
}

@Controller()
class FrontController {
  constructor(@InjectClient('back') private readonly back: RookeryClient) {}

  @MessagePattern('chain')
  chain(@Ctx() { id }: RookeryContext) {
    return this.back.send('first', 0).pipe(
      mergeMap(() => this.back.send<string>('second', 0)),
      map((cause) => ({ id, cause })),
    );
  }
}

describe.each(MEDIA)('context over %s', (medium) => {
  test('a call chained to an answer belongs to the message being handled, not to the one that opened the connection', async () => {
    const back = await startService(medium, moduleOf([BackController]), { service: 'back' });
    @Module({
      imports: [
        RookeryModule.forRoot({ url: back.url, services: { back: back.url } }),
        RookeryModule.forFeature(['back']),
      ],
      controllers: [FrontController],
    })
    class FrontModule {}
    const { url } = await startService(medium, FrontModule);
    const client = clientOf(url);
    const chains: { id: string; cause: string }[] = [];
    for (let count = 0; count < 3; count++) chains.push(await client.request('chain', 0));
    expect(new Set(chains.map(({ id }) => id)).size).toBe(3);
    for (const { id, cause } of chains) expect(cause).toBe(id);
  });
});
