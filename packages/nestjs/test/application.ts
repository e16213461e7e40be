import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery, RookeryClient, type RookeryOptions, type RookeryStrategy } from '@rookery/nestjs';
import { onTestFinished } from 'vitest';

/** The transports on which each promise of the public interface is tested. */
export const MEDIA = ['memory', 'tcp'] as const;

export type Medium = (typeof MEDIA)[number];

let count = 0;

/** A url for a service of its own: a bus that nobody else is on, or a free port. */
export function freshUrl(medium: Medium): string {
  return medium === 'memory' ? `memory://test-${process.pid}-${count++}` : 'tcp://127.0.0.1:0';
}

/** Where clients find a service that has started. */
export function addressOf(strategy: RookeryStrategy): string {
  const [address] = strategy.addresses;
  if (!address) throw new Error('the service does not listen');
  return address;
}

/** A module of these controllers and providers. */
export function moduleOf(controllers: Type[], providers: Type[] = [], imports: Type[] = []): Type {
  @Module({ controllers, providers, imports })
  class AppModule {}
  return AppModule;
}

/** Starts a standalone microservice, closed when the test ends. */
export async function startService(
  medium: Medium,
  root: Type,
  options: RookeryOptions = {},
): Promise<{
  app: Awaited<ReturnType<typeof createService>>['app'];
  url: string;
  strategy: RookeryStrategy;
}> {
  const { app, strategy } = await createService(medium, root, options);
  await app.listen();
  return { app, strategy, url: addressOf(strategy) };
}

/** As {@link startService}, without listening yet. */
export async function createService(medium: Medium, root: Type, options: RookeryOptions = {}) {
  const custom = rookery({ service: 'tested', url: freshUrl(medium), ...options });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(root, {
    ...custom,
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  return { app, strategy: custom.strategy };
}

/** A client of the service, closed when the test ends. */
export function clientOf(
  url: string,
  options: ConstructorParameters<typeof RookeryClient>[0] = {},
): RookeryClient {
  const client = new RookeryClient({ to: 'tested', url, timeout: 5_000, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** Polls until `check` no longer throws; at most 5 seconds. */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  const end = Date.now() + 5_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
