import { createEnvelope, sourceOf, sourceUriOf, timeOf, type Message } from '@rookery/core';
import type { Message as AmqpMessage, Options } from 'amqplib';
import { readHeaders, writeHeaders, type Table } from '../message/application-headers.js';
import { timestampIn } from '../message/attribute-value.js';
import { readBody, writeBody } from '../message/body.js';
import { ContextHeaders, numberIn, textIn } from '../message/context-headers.js';
import { patternIn } from '../names/routing-key.js';
import { propertiesOf } from '../message/properties.js';

/** The prefix to write; of the two that the AMQP binding of CloudEvents knows, the one that JMS can read as well. */
const PREFIX = 'cloudEvents_';
/** The other one, and that of the binding for RabbitMQ which Knative and CloudEvents' SDKs have. */
const OTHER_PREFIXES = ['cloudEvents:', 'ce-'];
const OTHER_VERSIONS = OTHER_PREFIXES.map((prefix) => `${prefix}specversion`);

const CONTEXT = new ContextHeaders(PREFIX);

/** An event as AMQP has it. */
export interface WrittenEvent {
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/**
 * An event in the binary mode of CloudEvents: its attributes in headers, the body as it is.
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/amqp-protocol-binding.md
 */
export function writeEvent({ envelope, body }: Message): WrittenEvent {
  const { content, contentType, kind } = writeBody(body, envelope.contentType);
  const headers: Table = {
    cloudEvents_specversion: '1.0',
    cloudEvents_id: envelope.id,
    cloudEvents_source: sourceUriOf(envelope.source),
    cloudEvents_type: envelope.pattern,
  };
  if (envelope.time !== undefined) headers['cloudEvents_time'] = new Date(envelope.time).toISOString();
  if (kind !== undefined) headers['rookery-body'] = kind;
  if (envelope.timeout !== undefined) headers['rookery-timeout'] = envelope.timeout;
  if (envelope.attempt !== undefined) headers['rookery-attempt'] = envelope.attempt;
  CONTEXT.write(headers, envelope);
  writeHeaders(headers, envelope.headers, PREFIX);
  const options: Options.Publish = { messageId: envelope.id, persistent: true, headers };
  if (contentType !== undefined) options.contentType = contentType;
  return { content, options };
}

/**
 * Gives back what {@link writeEvent} was given. What is no CloudEvent gets what can be known of it: its pattern from its `type`
 * or routing key, an id that only this delivery has.
 */
export function readEvent(amqp: AmqpMessage): Message {
  const properties = propertiesOf(amqp);
  const headers = withOnePrefix(properties.headers);
  const { body, contentType } = readBody(amqp.content, properties.contentType, headers['rookery-body']);
  const time = headers['cloudEvents_time'];
  const source = textIn(headers, 'cloudEvents_source');
  const envelope = createEnvelope({
    id:
      textIn(headers, 'cloudEvents_id') ??
      properties.messageId ??
      `${amqp.fields.consumerTag}-${amqp.fields.deliveryTag}`,
    pattern: textIn(headers, 'cloudEvents_type') ?? properties.type ?? patternIn(amqp.fields.routingKey),
    source: source === undefined ? undefined : sourceOf(source),
    timeout: numberIn(headers, 'rookery-timeout'),
    time: typeof time === 'string' ? timeOf(time) : timestampIn(time),
    attempt: numberIn(headers, 'rookery-attempt'),
    ...CONTEXT.read(headers),
    contentType,
    headers: readHeaders(headers, PREFIX),
  });
  return { envelope, body };
}

function withOnePrefix(table: Table): Table {
  const other = OTHER_PREFIXES[OTHER_VERSIONS.findIndex((name) => name in table)];
  if (other === undefined) return table;
  const entries = Object.entries(table).map(([name, value]) =>
    name.startsWith(other) ? [PREFIX + name.slice(other.length), value] : [name, value],
  );
  return Object.fromEntries(entries) as Table;
}
