import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { TransportFactory } from '@rookery/core';
import { RookeryClient } from '@rookery/nestjs';
import type { Calls } from '../../calls.js';
import type { Place } from '../../contender.js';
import type { Patterns } from '../math-controllers.js';
import { logger } from '../module-of.js';

/** `client.request`, and events for every service that subscribes. */
export async function callsOf(
  place: Place,
  { sum, echo, noted }: Patterns,
  transport: () => TransportFactory,
): Promise<Calls> {
  Logger.overrideLogger([...logger]);
  const client = new RookeryClient({ to: place.name, transport: transport() });
  const events = new RookeryClient({ transport: transport() });
  await client.connect();
  return {
    sum: (numbers) => client.request(sum, numbers),
    echo: (member) => client.request(echo, member),
    note: async (event) => {
      await events.publishEvent(noted, event);
    },
  };
}
