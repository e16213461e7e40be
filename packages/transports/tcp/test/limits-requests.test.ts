import { decodeFailure, type Responder } from '@rookery/core';
import { eventually } from '@rookery/testing';
import { describe, expect, test } from 'vitest';
import { FrameType } from '../src/frames/frame-type.js';
import { settingsOf } from '../src/options.js';
import { serve } from './parties.js';
import { dial, frame, hello, type Peer } from './wire.js';

const PATTERN = frame(FrameType.pattern, [1], 'echo');
const request = (number: number) => frame(FrameType.request, [number, 1, 1, 1, 0, 1], 'i', 'x');

/** Answers when it is told to. */
function holding() {
  const open: Responder[] = [];
  const handler = (_message: unknown, _credit: number, responder: Responder) => {
    open.push(responder);
    return { credit() {}, cancel() {} };
  };
  return { open, handler };
}

/** The failures that came, as errors. */
const failures = (peer: Peer) =>
  peer.of(FrameType.fail).map((fields) => decodeFailure(fields.toString('utf8', 2), false));

describe('requests in flight', () => {
  test('of one connection are bounded; the next fails, not started, and there is room again after an end', async () => {
    const { open, handler } = holding();
    const server = await serve('math', { handler, maxRequests: 2 });
    const peer = dial(server.port, hello(), PATTERN, request(1), request(2), request(3));
    await eventually(() => peer.of(FrameType.fail).length === 1);
    expect(failures(peer)).toMatchObject([
      {
        code: 'QUEUE_FULL',
        recourse: 'retryable',
        message:
          '2 requests of this connection are under way at the service; not started: ' +
          "send fewer at once, add replicas, or raise the service's maxRequests",
      },
    ]);
    expect(open).toHaveLength(2);

    open[0]?.reply('done', true);
    await eventually(() => peer.of(FrameType.reply).length === 1);
    peer.send(frame(FrameType.cancel, [2]), request(3), request(4), request(5));
    await eventually(() => open.length === 4 && peer.of(FrameType.fail).length === 2);
  });

  test('of all connections are bounded, and a connection that ends makes room', async () => {
    const { open, handler } = holding();
    const server = await serve('math', { handler, maxRequestsInAll: 3 });
    const first = dial(server.port, hello(), PATTERN, request(1), request(2));
    await eventually(() => open.length === 2);
    const second = dial(server.port, hello(), PATTERN, request(1), request(2));
    await eventually(() => second.of(FrameType.fail).length === 1);
    expect(failures(second)).toMatchObject([
      { code: 'QUEUE_FULL', message: expect.stringContaining('maxRequestsInAll') as string },
    ]);
    expect(open).toHaveLength(3);

    first.socket.destroy();
    await eventually(() => {
      second.send(frame(FrameType.cancel, [3]), request(3), frame(FrameType.cancel, [3]));
      return open.length > 3;
    });
  });
});

test.each([
  ['maxRequests', 0],
  ['maxRequests', 1.5],
  ['maxRequestsInAll', Infinity],
  ['maxConnections', -1],
  ['maxUnauthenticated', Number.NaN],
  ['frameTimeout', 0],
  ['maxBuffered', 1],
  ['maxBufferedInAll', 1],
  ['maxBacklog', 1],
  ['idleTimeout', 0],
])('%s: %d is refused by name', (option, value) => {
  expect(() => settingsOf({ [option]: value })).toThrow(new RegExp(`^${option}.* is ${value}; it has to be`));
});
