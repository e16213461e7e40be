import {
  createEnvelope,
  ProtocolViolation,
  type Clock,
  type Frame,
  type RequestFrame,
  type Side,
} from '@rookery/core';
import type { Options } from 'amqplib';
import { readHeaders, writeHeaders, type Table } from '../message/application-headers.js';
import { readBody, writeBody } from '../message/body.js';
import { ContextHeaders, numberIn, textIn } from '../message/context-headers.js';
import type { Properties } from '../message/properties.js';

/** The broker puts in the address at which the sender's channel takes replies. */
export const REPLY_TO = 'amq.rabbitmq.reply-to';

/** The longest expiration that RabbitMQ takes, in milliseconds; about 49 days. */
const LONGEST = 2 ** 32 - 1;

const NOTHING = Buffer.alloc(0);
const CONTEXT = new ContextHeaders('rookery-');

/** A frame as AMQP has it. */
export interface Written {
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/** Any frame. */
export function writeFrame(frame: Frame, from: string, clock: Clock): Written {
  return frame.type === 'request' ? writeRequest(frame, clock) : writeOther(frame, from);
}

/**
 * A request. The broker drops it when its time is up, by its own clock; what time it has had until then is told by when it was
 * sent, by the sender's.
 */
function writeRequest(frame: RequestFrame, clock: Clock): Written {
  const { envelope, body } = frame.message;
  const { content, contentType, kind } = writeBody(body, envelope.contentType);
  const headers: Table = { 'rookery-pattern': envelope.pattern, 'rookery-credit': frame.credit };
  if (frame.upload) headers['rookery-upload'] = true;
  if (kind !== undefined) headers['rookery-body'] = kind;
  if (envelope.source !== undefined) headers['rookery-source'] = envelope.source;
  if (envelope.time !== undefined) headers['rookery-time'] = envelope.time;
  if (envelope.attempt !== undefined) headers['rookery-attempt'] = envelope.attempt;
  CONTEXT.write(headers, envelope);
  writeHeaders(headers, envelope.headers);
  const options: Options.Publish = {
    type: 'request',
    messageId: envelope.id,
    correlationId: frame.call,
    replyTo: REPLY_TO,
    mandatory: true,
    headers,
  };
  if (contentType !== undefined) options.contentType = contentType;
  if (envelope.timeout !== undefined) {
    headers['rookery-timeout'] = envelope.timeout;
    headers['rookery-sent'] = clock.epoch();
    options.expiration = expirationOf(envelope.timeout);
  }
  return { content, options };
}

/**
 * What a request that is sent later than it was written has in place of the time that it had.
 *
 * @param spent milliseconds since then
 */
export function later(options: Options.Publish, spent: number, clock: Clock): Options.Publish {
  const headers = options.headers as Table | undefined;
  const timeout = headers && numberIn(headers, 'rookery-timeout');
  if (timeout === undefined) return options;
  const left = Math.max(0, timeout - spent);
  const now = { 'rookery-timeout': left, 'rookery-sent': clock.epoch() };
  return { ...options, headers: { ...headers, ...now }, expiration: expirationOf(left) };
}

/** Rounded up, so that time which is left does not become none. */
export function expirationOf(timeout: number): string {
  return String(Math.min(Math.max(0, Math.ceil(timeout)), LONGEST));
}

function writeOther(frame: Exclude<Frame, RequestFrame>, from: string): Written {
  const options: Options.Publish = { type: frame.type, correlationId: frame.call };
  switch (frame.type) {
    case 'reply':
    case 'item': {
      const { content, contentType } = writeBody(frame.body, undefined);
      if (contentType !== undefined) options.contentType = contentType;
      if (frame.type === 'reply') {
        options.replyTo = from;
        if (!frame.last) options.type = 'value';
      }
      return { content, options };
    }
    case 'failure':
      return { content: Buffer.from(frame.failure), options };
    case 'itemsEnd':
      if (frame.failure === undefined) return { content: NOTHING, options };
      options.type = 'itemsFailure';
      return { content: Buffer.from(frame.failure), options };
    case 'credit':
      options.headers = { count: frame.count };
      return { content: NOTHING, options };
    case 'itemCredit':
      options.replyTo = from;
      options.headers = { count: frame.count, bytes: frame.bytes };
      return { content: NOTHING, options };
    case 'probe':
      options.replyTo = frame.to === 'taker' ? REPLY_TO : from;
      options.headers = { to: frame.to };
      return { content: NOTHING, options };
    case 'present':
      options.headers = { to: frame.to };
      return { content: NOTHING, options };
    case 'taken':
    case 'itemsStop':
      options.replyTo = from;
      return { content: NOTHING, options };
    case 'cancel':
      return { content: NOTHING, options };
  }
}

/**
 * Reads what {@link writeFrame} wrote.
 *
 * @param maxClockSkew milliseconds by which the sender's clock may be behind this one
 * @param native what a request has for people who need it
 * @throws ProtocolViolation when it is no frame
 */
export function readFrame(
  properties: Properties,
  content: Buffer,
  clock: Clock,
  maxClockSkew: number,
  native?: unknown,
): Frame {
  const { type, correlationId: call, replyTo, contentType, headers } = properties;
  if (call === undefined) throw new ProtocolViolation('a message without a correlation id is no frame');
  const from = (): string => {
    if (replyTo !== undefined) return replyTo;
    throw new ProtocolViolation(`a frame of type ${type} without an address to reply to`);
  };
  switch (type) {
    case 'request':
      return readRequest(properties, content, call, from(), clock, maxClockSkew, native);
    case 'value':
    case 'reply': {
      const { body } = readBody(content, contentType, undefined);
      return { type: 'reply', call, from: from(), body, last: type === 'reply' };
    }
    case 'item':
      return { type, call, body: readBody(content, contentType, undefined).body };
    case 'failure':
      return { type, call, failure: content.toString('utf8') };
    case 'itemsEnd':
      return { type, call, failure: undefined };
    case 'itemsFailure':
      return { type: 'itemsEnd', call, failure: content.toString('utf8') };
    case 'credit':
      return { type, call, count: numberIn(headers, 'count') ?? 0 };
    case 'itemCredit':
      return {
        type,
        call,
        from: from(),
        count: numberIn(headers, 'count') ?? 0,
        bytes: numberIn(headers, 'bytes') ?? 0,
      };
    case 'probe':
      return { type, to: sideIn(headers), call, from: from() };
    case 'present':
      return { type, to: sideIn(headers), call };
    case 'taken':
    case 'itemsStop':
      return { type, call, from: from() };
    case 'cancel':
      return { type, call };
    default:
      throw new ProtocolViolation(`a message of type ${type} is no frame`);
  }
}

function sideIn(headers: Table): Side {
  return headers['to'] === 'taker' ? 'taker' : 'caller';
}

function readRequest(
  { messageId, contentType: sentType, headers }: Properties,
  content: Buffer,
  call: string,
  from: string,
  clock: Clock,
  maxClockSkew: number,
  native: unknown,
): RequestFrame {
  const pattern = textIn(headers, 'rookery-pattern');
  if (pattern === undefined) throw new ProtocolViolation('a request without a pattern');
  const { body, contentType } = readBody(content, sentType, headers['rookery-body']);
  const given = numberIn(headers, 'rookery-timeout');
  const sent = numberIn(headers, 'rookery-sent');
  const spent = sent === undefined ? 0 : Math.max(0, clock.epoch() - sent - maxClockSkew);
  const envelope = createEnvelope({
    id: messageId ?? call,
    pattern,
    source: textIn(headers, 'rookery-source'),
    timeout: given === undefined ? undefined : Math.max(0, given - spent),
    time: numberIn(headers, 'rookery-time'),
    attempt: numberIn(headers, 'rookery-attempt'),
    ...CONTEXT.read(headers),
    contentType,
    headers: readHeaders(headers),
  });
  return {
    type: 'request',
    call,
    from,
    credit: Math.max(1, numberIn(headers, 'rookery-credit') ?? 1),
    upload: headers['rookery-upload'] === true,
    message: { envelope, body },
    native,
  };
}
