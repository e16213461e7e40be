import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { clientOf, eventually, MEDIA, moduleOf, startService } from './application.js';

@Controller()
class PingController {
  @MessagePattern('ping')
  ping() {
    return 'pong';
  }
}

describe.each(MEDIA)('status over %s', (medium) => {
  test('a listener that throws does not keep the service from closing', async () => {
    const [others] = [process.listeners('uncaughtException')];
    const uncaught = vi.fn();
    process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught);
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    });
    const { app, strategy } = await startService(medium, moduleOf([PingController]));
    strategy.on('draining', () => {
      throw new Error('from a listener');
    });
    const disconnected = vi.fn();
    strategy.on('disconnected', disconnected);
    await app.close();
    await eventually(() => expect(disconnected).toHaveBeenCalled());
    expect(uncaught).toHaveBeenCalledOnce();
  });
});

test('a client’s listener is told why', async () => {
  const { app, url } = await startService('tcp', moduleOf([PingController]));
  const client = clientOf(url);
  const causes: unknown[] = [];
  client.on('disconnected', (cause) => causes.push(cause));
  await client.request('ping', 0);
  await app.close();
  await client.request('ping', 0, { timeout: 200 }).catch(() => undefined);
  await eventually(() => expect(causes[0]).toMatchObject({ code: expect.any(String) as string }));
});
