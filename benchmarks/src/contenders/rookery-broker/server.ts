import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { TransportFactory } from '@rookery/core';
import { rookery } from '@rookery/nestjs';
import type { Place } from '../../contender.js';
import { eventsOf, requestsOf, type Patterns } from '../math-controllers.js';
import { logger, moduleOf } from '../module-of.js';

/** Serves over a broker, all options but names at their defaults. */
export async function serve(place: Place, patterns: Patterns, transport: TransportFactory): Promise<number> {
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    moduleOf(requestsOf(patterns), eventsOf(patterns)),
    { ...rookery({ service: place.name, transport }), logger: [...logger] },
  );
  await app.listen();
  return Number(new URL(place.broker).port);
}
