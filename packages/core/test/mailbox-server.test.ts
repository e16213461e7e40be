import { VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Deadlines } from '../src/clock/deadlines.js';
import { createEnvelope } from '../src/envelope/envelope.js';
import { decodeFailure } from '../src/errors/wire.js';
import type { Frame, RequestFrame } from '../src/mailbox/frame.js';
import { Mailbox } from '../src/mailbox/mailbox.js';
import type { Responder } from '../src/transport/transport.js';

const request: RequestFrame = {
  type: 'request',
  call: 'caller/0',
  from: 'caller',
  credit: 3,
  upload: false,
  message: { envelope: createEnvelope({ id: 'm1', pattern: 'p' }), body: '1' },
};

/** A mailbox at `here` that serves: what it is told of each request, and what it hands to its medium. */
function server() {
  const clock = new VirtualClock();
  const sent: [replica: string, frame: Frame][] = [];
  const toService = () => ({ taken: true, withdraw() {} });
  const medium = {
    toService,
    toReplica: (replica: string, frame: Frame) => void sent.push([replica, frame]),
  };
  const mailbox = new Mailbox(medium, 'here', new Deadlines(clock));
  const told: unknown[] = [];
  const responders: Responder[] = [];
  mailbox.serve((message, credit, responder) => {
    told.push([message.envelope.id, credit]);
    responders.push(responder);
    return { credit: (count) => told.push(count), cancel: () => told.push('cancel') };
  });
  return { clock, mailbox, sent, told, responders };
}

test('a request reaches the handler with its credit; credit and cancel follow it', () => {
  const { mailbox, told } = server();
  mailbox.receive(request);
  mailbox.receive({ type: 'credit', call: request.call, count: 2 });
  mailbox.receive({ type: 'cancel', call: request.call });
  mailbox.receive({ type: 'cancel', call: request.call });
  mailbox.receive({ type: 'credit', call: request.call, count: 2 });
  mailbox.receive({ type: 'credit', call: 'caller/unknown', count: 2 });
  expect(told).toEqual([['m1', 3], 2, 'cancel']);
});

test('an answer within 50 ms is all that the caller hears', async () => {
  const { clock, mailbox, sent, responders } = server();
  mailbox.receive(request);
  await clock.advance(40);
  responders[0]!.reply('1', true);
  await clock.advance(1_000);
  const answer = { type: 'reply', call: 'caller/0', from: 'here', body: '1', last: true };
  expect(sent).toEqual([['caller', answer]]);
  expect(clock.timers).toBe(0);
});

test.each([
  ['values', (responder: Responder) => responder.reply('1', false)],
  ['a failure', (responder: Responder) => responder.fail('why')],
])('%s in time make "taken" superfluous', async (_, answer) => {
  const { clock, mailbox, sent, responders } = server();
  mailbox.receive(request);
  answer(responders[0]!);
  await clock.advance(1_000);
  expect(sent.map(([, { type }]) => type)).not.toContain('taken');
});

test('after 50 ms without an answer the caller is told who works on it, once', async () => {
  const { clock, mailbox, sent } = server();
  mailbox.receive(request);
  await clock.advance(49);
  expect(sent).toEqual([]);
  await clock.advance(11);
  await clock.advance(1_000);
  expect(sent).toEqual([['caller', { type: 'taken', call: 'caller/0', from: 'here' }]]);
});

test('close fails what is under way as lost, and cancels the work', () => {
  const { clock, mailbox, sent, told, responders } = server();
  mailbox.receive(request);
  mailbox.receive({ ...request, call: 'caller/1' });
  responders[0]!.reply('1', true);
  void mailbox.close();
  const [to, frame] = sent.at(-1)!;
  expect([to, frame.type, frame.call]).toEqual(['caller', 'failure', 'caller/1']);
  const { failure } = frame as Frame & { type: 'failure' };
  expect(decodeFailure(failure, false)).toMatchObject({
    code: 'CONNECTION_LOST',
    recourse: 'unknown',
    message: 'replica here left before it answered',
  });
  expect(told.filter((what) => what === 'cancel')).toHaveLength(1);
  expect(clock.timers).toBeLessThanOrEqual(1);
});
