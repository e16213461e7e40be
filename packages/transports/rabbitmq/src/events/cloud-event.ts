import { createEnvelope, type Message } from '@rookery/core';
import type { Message as AmqpMessage, Options } from 'amqplib';
import { readHeaders, writeHeaders, type Table } from '../message/application-headers.js';
import { readBody, writeBody } from '../message/body.js';
import { ContextHeaders, numberIn, textIn } from '../message/context-headers.js';
import { patternIn } from '../names/routing-key.js';
import { propertiesOf } from '../message/properties.js';

/** The prefix to write; of the two that the AMQP binding of CloudEvents knows, the one that JMS can read as well. */
const PREFIX = 'cloudEvents_';
const OTHER_PREFIX = 'cloudEvents:';

/** The source of an event whose sender has no name; CloudEvents wants one. */
const NOBODY = '/';

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
    [`${PREFIX}specversion`]: '1.0',
    [`${PREFIX}id`]: envelope.id,
    [`${PREFIX}source`]: envelope.source === undefined ? NOBODY : encodeURIComponent(envelope.source),
    [`${PREFIX}type`]: envelope.pattern,
  };
  if (envelope.time !== undefined) headers[`${PREFIX}time`] = new Date(envelope.time).toISOString();
  if (kind !== undefined) headers['rookery-body'] = kind;
  if (envelope.timeout !== undefined) headers['rookery-timeout'] = envelope.timeout;
  if (envelope.attempt !== undefined) headers['rookery-attempt'] = envelope.attempt;
  CONTEXT.write(headers, envelope);
  writeHeaders(headers, envelope.headers);
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
  const time = Date.parse(textIn(headers, `${PREFIX}time`) ?? '');
  const envelope = createEnvelope({
    id:
      textIn(headers, `${PREFIX}id`) ??
      properties.messageId ??
      `${amqp.fields.consumerTag}-${amqp.fields.deliveryTag}`,
    pattern: textIn(headers, `${PREFIX}type`) ?? properties.type ?? patternIn(amqp.fields.routingKey),
    source: sourceOf(textIn(headers, `${PREFIX}source`)),
    timeout: numberIn(headers, 'rookery-timeout'),
    time: Number.isNaN(time) ? undefined : time,
    attempt: numberIn(headers, 'rookery-attempt'),
    ...CONTEXT.read(headers),
    contentType,
    headers: readHeaders(headers),
  });
  return { envelope, body };
}

/** The name of the service that encoded it; a URI of somebody else stays what it is. */
function sourceOf(source: string | undefined): string | undefined {
  if (source === undefined || source === NOBODY) return undefined;
  try {
    return /[/:]/.test(source) ? source : decodeURIComponent(source);
  } catch {
    return source;
  }
}

function withOnePrefix(table: Table): Table {
  if (!(`${OTHER_PREFIX}specversion` in table)) return table;
  const entries = Object.entries(table).map(([name, value]) => [name.replace(OTHER_PREFIX, PREFIX), value]);
  return Object.fromEntries(entries) as Table;
}
