import {
  messageOfPacket,
  METADATA_HEADER,
  readIncoming,
  type Envelope,
  type IncomingPacket,
  type Message,
} from '@rookery/core';
import type { Message as AmqpMessage, Options } from 'amqplib';
import { readHeaders, writeHeaders, type Table } from '../message/application-headers.js';
import { textIn } from '../message/context-headers.js';
import { propertiesOf } from '../message/properties.js';
import { recordOptions } from '../message/record-options.js';

/** The headers in which OpenTelemetry's own instrumentation of amqplib sends the context, the only one that stock peers have. */
const TRACE = ['traceparent', 'tracestate', 'baggage'] as const;

/**
 * What a stock client has sent.
 *
 * @throws ProtocolViolation and SyntaxError when it is no packet of Nest's
 */
export function readStockPacket({ content }: AmqpMessage): IncomingPacket {
  const packet: unknown = JSON.parse(content.toString('utf8'));
  return readIncoming(typeof packet === 'object' && packet !== null ? packet : {});
}

/** The message that it is. */
export function stockMessageOf(
  amqp: AmqpMessage,
  packet: IncomingPacket & { readonly pattern: string },
  fields: Pick<Envelope, 'id'> & Partial<Envelope>,
): Message {
  const { headers: table } = propertiesOf(amqp);
  const trace = Object.fromEntries(TRACE.map((name) => [name, textIn(table, name)]));
  return messageOfPacket(packet, { ...fields, ...trace, headers: readHeaders(table) });
}

/** The properties of a message to a stock service: what its record says, and the application's headers. */
export function stockOptions(
  { envelope }: Message,
  own: Readonly<Record<string, string>>,
  persistent: boolean,
): Options.Publish & { headers: Table } {
  const { [METADATA_HEADER]: _metadata, ...application } = envelope.headers ?? {};
  const headers: Table = { ...own };
  if (Object.keys(application).length > 0) writeHeaders(headers, application);
  for (const name of TRACE) {
    const value = envelope[name];
    if (value !== undefined) headers[name] ??= value;
  }
  return { persistent, ...recordOptions(envelope.headers), messageId: envelope.id, headers };
}
