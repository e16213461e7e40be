import { ConsoleLogger, Module } from '@nestjs/common';
import { rookery, RookeryModule } from '@rookery/nestjs';
import { NestFactory } from '@nestjs/core';
import { expect, onTestFinished, test } from 'vitest';
import { freshUrl } from './application.js';

// A file of its own, which vitest runs in a process of its own: once joined, the loggers of a process stay so.
test('logContext: false leaves the loggers of the process alone', async () => {
  const before = { ...Object.getOwnPropertyDescriptors(ConsoleLogger.prototype) };
  const url = freshUrl('memory');
  @Module({ imports: [RookeryModule.forRoot({ url, logContext: false })] })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  onTestFinished(() => app.close());
  rookery({ service: 'tested', url, logContext: false });
  expect(Object.getOwnPropertyDescriptors(ConsoleLogger.prototype)).toEqual(before);
  rookery({ service: 'tested', url });
  const after = Object.getOwnPropertyDescriptors(ConsoleLogger.prototype);
  expect(after['formatMessage']).not.toEqual(before['formatMessage']);
});
