import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { patterns, requestsOf } from '../math-controllers.js';
import { logger, moduleOf } from '../module-of.js';

export async function startServer(): Promise<number> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(requestsOf(patterns)), {
    ...rookery({ service: 'math', url: 'tcp://127.0.0.1:0' }),
    logger: [...logger],
  });
  await app.listen();
  return (app.unwrap<Server>().address() as AddressInfo).port;
}
