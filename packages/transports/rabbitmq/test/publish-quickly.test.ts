import type { ChannelModel } from 'amqplib';
import { expect, test } from 'vitest';
import { publishFrames } from '../src/connection/publish-frames.js';
import { publishQuickly } from '../src/connection/publish-quickly.js';

type Send = (channel: number, method: number, fields: object, ...rest: unknown[]) => boolean;

/** A connection that writes down what is handed to each channel's stream. */
function connection() {
  const written: string[] = [];
  const streams = ['first', 'second'].map((name) => ({
    writableNeedDrain: false,
    write: (bytes: Buffer) => written.push(`${name}: ${keysIn(bytes)}`) > 0,
  }));
  const inside = {
    channels: [null, ...streams.map((buffer) => ({ buffer }))] as ({ buffer: object } | null)[],
    sentSinceLastCheck: false,
    sendMessage: ((channel, _method, { routingKey }: { routingKey: string }) =>
      written.push(`amqplib, ${channel}: ${routingKey}`) > 0) as Send,
    sendMethod: ((channel, method) => written.push(`method ${method} on ${channel}`) > 0) as Send,
  };
  publishQuickly({ connection: inside } as unknown as ChannelModel);
  const publish = (channel: number, routingKey: string, content = 'x'): boolean => {
    const fields = { exchange: '', routingKey, headers: Object.create({}) as object };
    return inside.sendMessage(channel, 0, fields, 0, fields, Buffer.from(content));
  };
  return { inside, streams, written, publish };
}

/** The routing keys of messages, which have to be whole and to follow each other. */
function keysIn(bytes: Buffer): string {
  const keys: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const key = bytes.toString('latin1', at + 15, at + 15 + (bytes[at + 14] ?? 0));
    const channel = bytes.readUInt16BE(at + 1);
    const fields = { exchange: '', routingKey: key, headers: Object.create({}) as object };
    const own = publishFrames(channel, fields, Buffer.from('x')) ?? Buffer.alloc(0);
    expect(bytes.subarray(at, at + own.length)).toEqual(own);
    keys.push(key);
    at += own.length;
  }
  return keys.join(' ');
}

test('what is published in one turn is one piece for each channel, in its order', async () => {
  const { written, publish } = connection();
  for (const key of ['a', 'b', 'c']) publish(1, key);
  for (const key of ['d', 'e']) publish(2, key);
  publish(1, 'f');
  await Promise.resolve();
  publish(1, 'g');
  await Promise.resolve();
  expect(written).toEqual(['first: a b c', 'second: d e', 'first: f', 'first: g']);
});

test('pieces that do not follow each other in memory are whole', async () => {
  const { written, publish } = connection();
  const keys = Array.from({ length: 2_000 }, (_, index) => `key-${index}`);
  for (const key of keys) publish(1, key);
  await Promise.resolve();
  expect(written.map((line) => line.replace('first: ', '')).join(' ')).toBe(keys.join(' '));
  expect(written.length).toBeLessThan(10);
});

test('what else a channel sends comes in its place', async () => {
  const { inside, written, publish } = connection();
  publish(1, 'a');
  publish(1, 'large', 'x'.repeat(20_000));
  publish(1, 'b');
  inside.sendMethod(1, 60, {});
  publish(1, 'c');
  await Promise.resolve();
  expect(written).toEqual(['first: a', 'amqplib, 1: large', 'first: b', 'method 60 on 1', 'first: c']);
  expect(inside.sentSinceLastCheck).toBe(true);
});

test('a stream that is full says so, and a channel that is gone is given nothing', async () => {
  const { inside, streams, written, publish } = connection();
  expect(publish(1, 'a')).toBe(true);
  Object.assign(streams[0]!, { writableNeedDrain: true });
  expect(publish(1, 'b')).toBe(false);
  inside.channels[1] = null;
  await Promise.resolve();
  expect(written).toEqual([]);
});
