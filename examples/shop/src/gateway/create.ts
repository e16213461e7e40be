import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { rookery } from '@rookery/nestjs';
import { addresses } from '../addresses.js';
import { GatewayModule } from './gateway.module.js';

export async function createGateway() {
  const app = await NestFactory.create(GatewayModule);
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
  app.connectMicroservice<MicroserviceOptions>(rookery({ service: 'gateway', url: addresses.gateway }));
  await app.startAllMicroservices();
  return app;
}
