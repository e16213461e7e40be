import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { Place } from '../../contender.js';
import { patterns, requestsOf } from '../math-controllers.js';
import { logger, moduleOf } from '../module-of.js';
import { Events } from './events.js';
import { eventQueue, requestQueue } from './queues.js';

export async function startServer(place: Place): Promise<number> {
  const servers = [
    { controller: requestsOf(patterns), options: requestQueue(place) },
    { controller: Events, options: { ...eventQueue(place), noAck: false } },
  ];
  for (const { controller, options } of servers) {
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(moduleOf(controller), {
      transport: Transport.RMQ,
      options,
      logger: [...logger],
    });
    await app.listen();
  }
  return Number(new URL(place.broker).port);
}
