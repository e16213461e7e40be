import type { BrokerKind } from '../broker.js';
import { kafka } from './kafka.js';
import type { Kind } from './kind.js';
import { nats } from './nats.js';
import { rabbitmq } from './rabbitmq.js';
import { redis } from './redis.js';

export const kinds: Record<BrokerKind, Kind> = { rabbitmq, kafka, redis, nats };
