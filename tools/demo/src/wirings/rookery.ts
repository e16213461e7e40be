import type { TransportFactory } from '@rookery/core';
import { kafka } from '@rookery/kafka';
import { rookery, RookeryClient, RookeryRecordBuilder } from '@rookery/nestjs';
import { rabbitmq } from '@rookery/rabbitmq';
import { Journal, type ServiceOrders } from '@rookery/testing';
import { PARTITIONS, SESSION } from './kafka-settings.js';
import type { Wiring } from './wiring.js';

/** Rookery with its defaults. */
export const rookeryRabbitmq = over((url) => rabbitmq({ url }));

/** Rookery with its defaults, but for what stock Kafka is given here too. */
export const rookeryKafka = over((url) =>
  kafka({
    brokers: url,
    sessionTimeout: SESSION,
    partitions: { events: PARTITIONS, requests: PARTITIONS, replies: PARTITIONS },
  }),
);

function over(transport: (url: string) => TransportFactory): Wiring {
  return {
    service: ({ service, url, journal }: ServiceOrders) =>
      rookery({ service, transport: transport(url), deadLetters: new Journal(journal).deadLetters() }),
    client: ({ service, url, load }) => ({
      customClass: RookeryClient,
      options: { to: service, transport: transport(url), timeout: load.timeout },
    }),
    keyed: (event) => new RookeryRecordBuilder(event).setKey(event.key).build(),
  };
}
