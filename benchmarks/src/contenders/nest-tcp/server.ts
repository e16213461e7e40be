import 'reflect-metadata';
import type { AddressInfo, Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { MathModule } from '../math-module.js';

export async function startServer(): Promise<number> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(MathModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: ['warn', 'error', 'fatal'],
  });
  await app.listen();
  return (app.unwrap<Server>().address() as AddressInfo).port;
}
