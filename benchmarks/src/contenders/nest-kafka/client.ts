import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ClientKafka } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import type { Calls } from '../../calls.js';
import type { Place } from '../../contender.js';
import { brokersOf } from '../kafka-topics.js';
import { topics } from '../math-controllers.js';
import { logger } from '../module-of.js';

export async function connect(_port: number, place: Place): Promise<Calls> {
  Logger.overrideLogger([...logger]);
  const client = new ClientKafka({
    client: { brokers: brokersOf(place) },
    consumer: { groupId: place.name },
    subscribe: { fromBeginning: true },
  });
  const { sum, echo, noted } = topics(place.name);
  for (const pattern of [sum, echo]) client.subscribeToResponseOf(pattern);
  await client.connect();
  return {
    sum: async (numbers) => Number(await firstValueFrom(client.send<number | string>(sum, numbers))),
    echo: (member) => firstValueFrom(client.send(echo, member)),
    note: async (event) => {
      await firstValueFrom(client.emit(noted, event), { defaultValue: undefined });
    },
  };
}
