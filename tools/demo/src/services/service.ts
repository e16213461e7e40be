import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { READY } from '@rookery/testing';
import { wiringOf } from '../wirings/wirings.js';
import { serviceOrders } from './service-orders.js';
import { StockRoomController } from './stock-room.controller.js';

@Module({ controllers: [StockRoomController] })
class StockRoomModule {}

const { service, interceptors = [] } = wiringOf(serviceOrders);
const app = await NestFactory.createMicroservice<MicroserviceOptions>(StockRoomModule, {
  ...service(serviceOrders),
  logger: ['warn', 'error'],
});
app.useGlobalInterceptors(...interceptors);
app.enableShutdownHooks();
await app.listen();
console.log(READY);
