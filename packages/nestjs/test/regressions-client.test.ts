import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { getClientToken, RookeryModule, type RookeryClient } from '@rookery/nestjs';
import { expect, test } from 'vitest';
import { freshUrl } from './application.js';

test('what a client sets for a pattern beats what its module sets for the same', async () => {
  @Module({
    imports: [
      RookeryModule.forRoot({
        url: freshUrl('memory'),
        patterns: { report: { timeout: 1_000, idempotent: true }, bill: { timeout: 2_000 } },
      }),
      RookeryModule.forFeature([{ to: 'users', patterns: { report: { timeout: 50 } } }]),
    ],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const users = app.get<RookeryClient>(getClientToken('users'));
  const valuesOf = async (pattern: string, policy: string) =>
    (await users.describe(pattern)).find(({ name }) => name === policy)?.values;
  expect(await valuesOf('report', 'deadline')).toMatchObject({ timeout: { value: 50, from: 'pattern' } });
  expect(await valuesOf('report', 'retry')).toMatchObject({ idempotent: { value: true } });
  expect(await valuesOf('bill', 'deadline')).toMatchObject({ timeout: { value: 2_000 } });
  await app.close();
});

test('patterns of a module that cannot work are refused at the start', async () => {
  @Module({
    imports: [
      RookeryModule.forRoot({ url: freshUrl('memory'), patterns: { report: { timeout: Infinity } } }),
      RookeryModule.forFeature(['users']),
    ],
  })
  class AppModule {}
  const starting = NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  await expect(starting).rejects.toMatchObject({ code: 'CONFIGURATION' });
});
