import type { CustomStrategy } from '@nestjs/microservices';
import { joinLogs } from '../logs/join-logs.js';
import { installSeams } from '../seams/install.js';
import type { RookeryOptions } from './options.js';
import { RookeryStrategy } from './strategy.js';

/**
 * A Rookery service, for `NestFactory.createMicroservice` and `app.connectMicroservice`:
 *
 *     NestFactory.createMicroservice<MicroserviceOptions>(AppModule, rookery({ service: 'math', url: 'tcp://127.0.0.1:3001' }));
 *
 * It may be spread beside `logger` and the like, and returned from `{ inject, useFactory }`. Nothing is loaded or
 * connected before `listen`.
 *
 * @throws ConfigurationError when the options or the environment cannot work
 */
export function rookery(
  options: RookeryOptions = {},
): CustomStrategy & { readonly strategy: RookeryStrategy } {
  installSeams();
  if (options.logContext !== false) joinLogs();
  return { strategy: new RookeryStrategy(options) };
}
