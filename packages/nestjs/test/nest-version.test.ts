import 'reflect-metadata';
import { createRequire } from 'node:module';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { expect, it } from 'vitest';

// Each major of Nest as Node finds it from a package that depends on it.
const homes = { '11': '../../../tools/nest11/package.json', '12': '../../../package.json' };

it('runs on the major of Nest that the project names', () => {
  const major = process.env['NEST_MAJOR'] as keyof typeof homes;
  const require = createRequire(new URL(homes[major], import.meta.url));
  const { version } = require('@nestjs/core/package.json') as { version: string };

  expect(version.split('.')[0]).toBe(major);
  expect(NestFactory).toBe((require('@nestjs/core') as { NestFactory: unknown }).NestFactory);
});

it('starts a microservice', async () => {
  @Controller()
  class Sums {
    @MessagePattern('sum')
    sum(): number {
      return 0;
    }
  }

  @Module({ controllers: [Sums] })
  class App {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(App, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: false,
  });
  await app.listen();
  await app.close();
});
