import type { Logger, MessageContext, Transport } from '@rookery/core';
import { RookeryContext } from '../rookery-context.js';
import { RookeryKafkaContext } from './kafka-context.js';
import { KafkaHandles } from './kafka-handles.js';
import { RookeryRmqContext } from './rmq-context.js';

/** Makes what `@Ctx()` gives, of a message and its data. */
export type MakeContext = (message: MessageContext, data: unknown, isEvent: boolean) => RookeryContext;

/** The contexts that answer what Nest's own answer on the medium of this scheme. */
export function contextsOf(scheme: string, transport: Transport, logger: Logger): MakeContext {
  if (scheme === 'amqp') return (message, data, isEvent) => new RookeryRmqContext(message, data, isEvent);
  if (scheme === 'kafka') {
    const handles = new KafkaHandles(transport, logger);
    return (message, data, isEvent) => new RookeryKafkaContext(message, data, isEvent, handles);
  }
  return (message, _data, isEvent) => new RookeryContext(message, isEvent);
}
