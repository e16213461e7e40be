import { Transport, type RmqOptions } from '@nestjs/microservices';
import { AckInterceptor } from './ack-interceptor.js';
import type { Wiring } from './wiring.js';

/** As stock Nest is out of the box: acknowledged when delivered, messages in memory. */
export const stockRabbitmq: Wiring = {
  service: ({ url, service }) => ({
    transport: Transport.RMQ,
    options: { urls: [url], queue: service },
  }),
  client: ({ url, service }) => ({
    transport: Transport.RMQ,
    options: { urls: [url], queue: service },
  }),
  keyed: (event) => event,
};

/** As durable as stock Nest gets: persistent messages in a quorum queue, acknowledged after the handler. */
const durable = (url: string, queue: string) =>
  ({
    urls: [url],
    queue,
    persistent: true,
    queueOptions: { durable: true, arguments: { 'x-queue-type': 'quorum' } },
  }) satisfies RmqOptions['options'];

export const stockRabbitmqDurable: Wiring = {
  service: ({ url, service }) => ({
    transport: Transport.RMQ,
    options: { ...durable(url, service), noAck: false, prefetchCount: 10 },
  }),
  client: ({ url, service }) => ({ transport: Transport.RMQ, options: durable(url, service) }),
  keyed: (event) => event,
  interceptors: [new AckInterceptor()],
};
