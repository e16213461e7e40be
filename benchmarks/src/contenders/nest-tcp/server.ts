import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { patterns, requestsOf } from '../math-controllers.js';
import { logger, moduleOf } from '../module-of.js';

export async function startServer(): Promise<number> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(requestsOf(patterns)), {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: [...logger],
  });
  await app.listen();
  return (app.unwrap<Server>().address() as AddressInfo).port;
}
