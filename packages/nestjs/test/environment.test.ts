import { Controller } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { rookery, RookeryClient } from '@rookery/nestjs';
import { memory } from '@rookery/memory';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createService, freshUrl, moduleOf, startService } from './application.js';

@Controller()
class PingController {
  @MessagePattern('ping')
  ping() {
    return 'pong';
  }
}

const root = moduleOf([PingController]);

function client(options: ConstructorParameters<typeof RookeryClient>[0]): RookeryClient {
  const made = new RookeryClient({ timeout: 5_000, ...options });
  onTestFinished(() => made.close());
  return made;
}

afterEach(() => vi.unstubAllEnvs());

test('ROOKERY_URL beats url, on both sides: TCP becomes memory', async () => {
  vi.stubEnv('ROOKERY_URL', freshUrl('memory'));
  const { strategy } = await startService('tcp', root, { url: 'tcp://127.0.0.1:1' });
  expect(strategy.addresses[0]).toMatch(/^memory:/);
  expect(await client({ to: 'tested', url: 'tcp://127.0.0.1:1' }).request('ping')).toBe('pong');
});

test('ROOKERY_SERVICES beats services and url; ROOKERY_URL is then only where this one listens', async () => {
  const { url } = await startService('tcp', root);
  vi.stubEnv('ROOKERY_URL', 'tcp://127.0.0.1:1');
  vi.stubEnv('ROOKERY_SERVICES', `tested=${url},other=tcp://127.0.0.1:2,127.0.0.1:3`);
  expect(await client({ to: 'tested', url: 'tcp://127.0.0.1:1' }).request('ping')).toBe('pong');
  expect(await client({ to: 'tested', services: { tested: 'tcp://127.0.0.1:1' } }).request('ping')).toBe(
    'pong',
  );
  vi.stubEnv('ROOKERY_SERVICES', '');
  expect(await client({ to: 'tested', url }).request('ping')).toBe('pong');
});

test('ROOKERY_SERVICE names a service, and a client, that has no name', async () => {
  vi.stubEnv('ROOKERY_SERVICE', 'from-environment');
  const url = freshUrl('memory');
  const { strategy } = rookery({ url });
  await strategy.close();
  const { app } = await createService('memory', root, { url });
  await app.listen();
  expect(await client({ to: 'tested', url }).request('ping')).toBe('pong');
});

test('the environment never touches transport', async () => {
  const bus = freshUrl('memory').replace('memory://', '');
  vi.stubEnv('ROOKERY_URL', 'tcp://127.0.0.1:1');
  await startService('memory', root, { transport: memory({ bus }) });
  expect(await client({ to: 'tested', transport: memory({ bus }) }).request('ping')).toBe('pong');
});

test('what cannot be read says where', () => {
  vi.stubEnv('ROOKERY_SERVICES', 'tcp://127.0.0.1:1');
  expect(() => client({ to: 'x', url: 'memory:' })).toThrow(
    'ROOKERY_SERVICES cannot be read at "tcp://127.0.0.1:1"',
  );
  vi.unstubAllEnvs();
  expect(() => rookery({ url: 'memory:' })).toThrow('needs a name: set service');
  expect(() => rookery({ service: 'x' })).toThrow("rookery({ service: 'x' }) does not say where to connect");
});

test('nothing is loaded or connected before listen, and options spread', () => {
  const options = { ...rookery({ service: 'x', url: 'tcp://127.0.0.1:1' }), logger: false as const };
  expect(options.strategy.addresses).toEqual([]);
  expect(() => options.strategy.unwrap()).toThrow('before unwrap()');
});
