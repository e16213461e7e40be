import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule, type ClientProxy } from '@nestjs/microservices';
import { callerOrders, runCaller, type Question } from '@rookery/testing';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { wiringOf } from '../wirings/wirings.js';

const orders = callerOrders();
const { client, keyed, begin } = wiringOf(orders);

@Module({ imports: [ClientsModule.register([{ name: 'STOCK_ROOM', ...client(orders) }])] })
class ShopModule {}

const app = await NestFactory.createApplicationContext(ShopModule, { logger: ['warn', 'error'] });
const stockRoom = app.get<ClientProxy>('STOCK_ROOM');
await begin?.(stockRoom, orders);

// Publishes and asks at a steady rate until it gets a SIGTERM, and says what became of each call.
await runCaller(orders, {
  publish: (pattern, event) =>
    lastValueFrom(stockRoom.emit(pattern, keyed(event)), { defaultValue: undefined }),
  request: (pattern, question) => firstValueFrom(stockRoom.send<Question>(pattern, question)),
  close: () => app.close(),
});
