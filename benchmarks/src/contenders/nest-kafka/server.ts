import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { Place } from '../../contender.js';
import { brokersOf, createTopics } from '../kafka-topics.js';
import { eventsOf, requestsOf, topics } from '../math-controllers.js';
import { logger, moduleOf } from '../module-of.js';

export async function startServer(place: Place): Promise<number> {
  const patterns = topics(place.name);
  const { sum, echo, noted } = patterns;
  await createTopics(place, [sum, `${sum}.reply`, echo, `${echo}.reply`, noted]);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    moduleOf(requestsOf(patterns), eventsOf(patterns)),
    {
      transport: Transport.KAFKA,
      options: {
        client: { brokers: brokersOf(place) },
        consumer: { groupId: place.name },
        subscribe: { fromBeginning: true }, // its topics are new, and what comes before it has joined counts
      },
      logger: [...logger],
    },
  );
  await app.listen();
  return Number(new URL(place.broker).port);
}
