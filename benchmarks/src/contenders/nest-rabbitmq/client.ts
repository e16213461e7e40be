import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { Calls } from '../../calls.js';
import type { Place } from '../../contender.js';
import { patterns } from '../math-controllers.js';
import { logger } from '../module-of.js';
import { eventQueue, requestQueue } from './queues.js';

const { sum, echo, noted } = patterns;

export async function connect(_port: number, place: Place): Promise<Calls> {
  Logger.overrideLogger([...logger]);
  const client = ClientProxyFactory.create({ transport: Transport.RMQ, options: requestQueue(place) });
  const events = ClientProxyFactory.create({ transport: Transport.RMQ, options: eventQueue(place) });
  await client.connect();
  await events.connect();
  return {
    sum: (numbers) => firstValueFrom(client.send(sum, numbers)),
    echo: (member) => firstValueFrom(client.send(echo, member)),
    note: (event) => firstValueFrom(events.emit(noted, event), { defaultValue: undefined }),
  };
}
