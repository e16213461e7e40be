import { Controller, Module } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { MemoryDeadLetters } from '@rookery/core';
import { RookeryContext, RookeryDeadLetters, RookeryModule } from '@rookery/nestjs';
import { expect, test } from 'vitest';
import { clientOf, createService, eventually, MEDIA, moduleOf, startService } from './application.js';

const retries = { attempts: 1, firstDelay: 1, factor: 1, maxDelay: 1 };

/** A mailer that throws while it is broken, in an application that looks after its own dead letters. */
function mailer() {
  const state = { broken: true, sent: [] as unknown[] };

  @Controller()
  class MailController {
    constructor(private readonly letters: RookeryDeadLetters) {}

    @EventPattern<string>('user.created')
    welcome(@Payload() user: unknown, @Ctx() { headers, attempt }: RookeryContext): void {
      if (state.broken) throw new TypeError('no mail server');
      state.sent.push([user, attempt, headers['rookery-replay']]);
    }

    @MessagePattern('letters.replay')
    async replay(): Promise<unknown[]> {
      const outcomes: unknown[] = [];
      for await (const { outcome } of this.letters.of().replay()) outcomes.push(outcome);
      return outcomes;
    }
  }

  @Module({
    imports: [RookeryModule.forRoot({ service: 'tested', url: 'memory:' })],
    controllers: [MailController],
  })
  class MailModule {}
  return { state, root: MailModule };
}

test.each(MEDIA)(
  'on %s: what a handler could not do is listed and replayed by the application itself',
  async (medium) => {
    const { state, root } = mailer();
    const { app, strategy, url } = await startService(medium, root, { retries });
    const client = clientOf(url);
    await client.publishEvent('user.created', { name: 'Ada' });
    const letters = app.get(RookeryDeadLetters).of('tested');
    expect(letters).toBe(strategy.deadLetters);
    const [letter] = await eventually(async () => {
      const kept = await letters.list();
      expect(kept).toHaveLength(1);
      return kept;
    });
    expect(letter).toMatchObject({
      endpoint: 'MailController.welcome',
      service: 'tested',
      lastFailure: { cause: 'TypeError: no mail server', replica: expect.stringMatching(/^tested-/) },
    });
    expect(await client.request('letters.replay')).toEqual(['failed']);
    state.broken = false;
    expect(await client.request('letters.replay')).toEqual(['handled']);
    expect(state.sent).toEqual([[{ name: 'Ada' }, 1, '2']]);
    expect(await letters.list()).toEqual([]);
  },
);

test('they are kept where the options say', async () => {
  const deadLetters = new MemoryDeadLetters();
  const { strategy } = await startService('memory', mailer().root, { deadLetters });
  expect(strategy.deadLetters.store).toBe(deadLetters);
});

test('operators are let in as the options say', async () => {
  const { url } = await startService('tcp', mailer().root, { control: false });
  await expect(clientOf(url).request('rookery.control.describe')).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
  const open = await startService('tcp', mailer().root);
  expect(await clientOf(open.url).request('rookery.control.describe')).toMatchObject({ service: 'tested' });
});

test('a service that is not here, or does not listen yet, is named', async () => {
  const { app } = await createService('memory', mailer().root);
  await app.init();
  const letters = app.get(RookeryDeadLetters);
  expect(() => letters.of()).toThrow('before deadLetters');
  expect(() => letters.of('users')).toThrow(
    "the dead letters of 'users' are not here; services here: 'tested'",
  );
});

test('a handler cannot take what operators ask for', async () => {
  @Controller()
  class Taker {
    @MessagePattern('rookery.control.describe')
    take(): string {
      return 'mine';
    }
  }
  const { app } = await createService('memory', moduleOf([Taker]));
  await expect(app.listen()).rejects.toMatchObject({ code: 'CONFIGURATION' });
});
