import { ProtocolViolation } from '@rookery/core';
import type { Message as AmqpMessage, Options } from 'amqplib';
import type { Table } from '../message/application-headers.js';
import type { Written } from './frame-codec.js';

/** The type of a message that is several frames. */
const BATCH = 'frames';

/** Bytes of the largest such message: few, so that no broker refuses it. A larger frame is a message of its own. */
const MOST_BYTES = 16_000;

/** How many frames are one message at most. */
export const MOST_FRAMES = 128;

/** A frame in the list with which such a message begins: how many bytes are its, and its properties. */
type Entry = readonly [
  size: number,
  type: string,
  call: string,
  contentType: string | null,
  id: string | null,
  headers: Table | null,
];

interface Batch {
  readonly frames: Written[];
  readonly entries: string[];
  bytes: number;
  replyTo: string | undefined;
}

/**
 * The messages as which frames to one address are sent, in their order: what a broker spends on a message it spends on several
 * frames at once. What they have in common is the message's; whatever has properties that not every frame has stays by itself.
 *
 * @param most how many frames are one message at most
 * @param mostBytes how many bytes the broker takes
 */
export function batched(frames: readonly Written[], most: number, mostBytes: number): readonly Written[] {
  if (most <= 1 || frames.length === 1) return frames;
  // The list's own brackets, commas and length are the rest.
  const limit = Math.min(MOST_BYTES, mostBytes) - most - 8;
  const messages: Written[] = [];
  let batch: Batch | undefined;
  for (const frame of frames) {
    const entry = frame.content.length < limit && isPlain(frame) ? entryOf(frame) : undefined;
    const bytes = frame.content.length + (entry === undefined ? 0 : Buffer.byteLength(entry));
    const full = batch && (batch.frames.length === most || batch.bytes + bytes > limit);
    if (batch && (entry === undefined || full || !joins(frame, batch))) {
      messages.push(messageOf(batch));
      batch = undefined;
    }
    if (entry === undefined) messages.push(frame);
    else {
      batch ??= { frames: [], entries: [], bytes: 0, replyTo: undefined };
      batch.frames.push(frame);
      batch.entries.push(entry);
      batch.bytes += bytes;
      batch.replyTo ??= frame.options.replyTo;
    }
  }
  if (batch) messages.push(messageOf(batch));
  return messages;
}

function isPlain({ options }: Written): boolean {
  const { priority, appId, timestamp } = options;
  return (priority ?? appId ?? timestamp) === undefined;
}

/** The broker drops a message when its time is up, and puts one address in it. */
function joins({ options }: Written, { frames, replyTo }: Batch): boolean {
  if (options.expiration !== frames[0]?.options.expiration) return false;
  return options.replyTo === undefined || replyTo === undefined || options.replyTo === replyTo;
}

function entryOf({ content, options }: Written): string {
  const { type, correlationId, contentType, messageId } = options;
  const headers: unknown = options.headers;
  return JSON.stringify([content.length, type, correlationId, contentType, messageId, headers]);
}

function messageOf({ frames, entries, replyTo }: Batch): Written {
  const [first] = frames;
  if (first && frames.length === 1) return first;
  const list = Buffer.from(`[${entries.join()}]`);
  const size = Buffer.allocUnsafe(4);
  size.writeUInt32BE(list.length);
  const options: Options.Publish = { type: BATCH };
  if (replyTo !== undefined) options.replyTo = replyTo;
  if (first?.options.expiration !== undefined) options.expiration = first.options.expiration;
  if (frames.some((frame) => frame.options.mandatory === true)) options.mandatory = true;
  return { content: Buffer.concat([size, list, ...frames.map(({ content }) => content)]), options };
}

/**
 * The messages that would have come if each frame had been sent by itself.
 *
 * @throws ProtocolViolation when it is not what {@link batched} has made
 */
export function framesIn(message: AmqpMessage): readonly AmqpMessage[] {
  const { properties, content, fields } = message;
  if (properties.type !== BATCH) return [message];
  const begin = content.length < 4 ? Infinity : 4 + content.readUInt32BE();
  if (begin > content.length) throw new ProtocolViolation('several frames whose list is cut off');
  let at = begin;
  return entriesIn(content.toString('utf8', 4, begin)).map(([size, type, call, contentType, id, headers]) => {
    const part = content.subarray(at, (at += size));
    if (at > content.length) throw new ProtocolViolation('several frames of which the last are missing');
    const own = { type, correlationId: call, headers: headers ?? {} };
    const rest = { contentType: contentType ?? undefined, messageId: id ?? undefined };
    return { fields, properties: { ...properties, ...own, ...rest }, content: part };
  });
}

function entriesIn(list: string): readonly Entry[] {
  try {
    const entries: unknown = JSON.parse(list);
    if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  } catch {
    // said below
  }
  throw new ProtocolViolation('several frames whose list cannot be read');
}

function isEntry(entry: unknown): entry is Entry {
  if (!Array.isArray(entry)) return false;
  const [size, type, call, contentType, id, headers] = entry as unknown[];
  return (
    Number.isInteger(size) &&
    (size as number) >= 0 &&
    typeof type === 'string' &&
    typeof call === 'string' &&
    [contentType, id].every((each) => typeof (each ?? '') === 'string') &&
    typeof (headers ?? {}) === 'object'
  );
}
