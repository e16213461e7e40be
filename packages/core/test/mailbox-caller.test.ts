import { VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Deadlines } from '../src/clock/deadlines.js';
import { createEnvelope } from '../src/envelope/envelope.js';
import type { Frame, RequestFrame } from '../src/mailbox/frame.js';
import { Mailbox } from '../src/mailbox/mailbox.js';
import type { Target } from '../src/transport/transport.js';

const message = { envelope: createEnvelope({ id: 'm1', pattern: 'p' }), body: '1' };

/** A mailbox at `here`, whose medium keeps what it is handed. */
function caller() {
  const clock = new VirtualClock();
  const requests: RequestFrame[] = [];
  const sent: [replica: string, frame: Frame][] = [];
  const posted = { taken: true, withdrawn: 0, withdraw: () => void posted.withdrawn++ };
  const medium = {
    toService: (_: string, frame: RequestFrame) => {
      requests.push(frame);
      return posted;
    },
    toReplica: (replica: string, frame: Frame) => void sent.push([replica, frame]),
  };
  const mailbox = new Mailbox(medium, 'here', new Deadlines(clock));
  const heard: unknown[] = [];
  const begin = (target: Target = { service: 's' }) => {
    const call = mailbox.request(target, message, 3, {
      reply: (body, last) => heard.push([body, last]),
      fail: (failure) => heard.push(failure),
      lost: (error) => heard.push(error.code),
    });
    return { call, id: requests.at(-1)?.call ?? '' };
  };
  return { clock, mailbox, requests, sent, posted, heard, begin };
}

const taken = (call: string): Frame => ({ type: 'taken', call, from: 'there' });
const reply = (call: string, body: string, last = false): Frame => ({
  type: 'reply',
  call,
  from: 'there',
  body,
  last,
});

test('a request goes to the service with its credit, each under an id of its own', () => {
  const { begin, requests } = caller();
  begin();
  begin();
  expect(requests[0]).toMatchObject({ type: 'request', from: 'here', credit: 3, message });
  expect(new Set(requests.map(({ call }) => call)).size).toBe(2);
});

test('a request for one replica goes to it, and so do credit and cancel at once', () => {
  const { begin, sent, requests } = caller();
  const { call } = begin({ service: 's', replica: 'there' });
  call.credit(2);
  call.cancel();
  expect(requests).toEqual([]);
  expect(sent.map(([replica, frame]) => [replica, frame.type])).toEqual([
    ['there', 'request'],
    ['there', 'credit'],
    ['there', 'cancel'],
  ]);
});

test('values reach the sink in order, and nothing after the last', () => {
  const { begin, mailbox, heard } = caller();
  const { id } = begin();
  for (const frame of [reply(id, '1'), reply(id, '2', true), reply(id, '3'), reply('here/unknown', '4')])
    mailbox.receive(frame);
  mailbox.receive({ type: 'failure', call: id, failure: '{}' });
  expect(heard).toEqual([
    ['1', false],
    ['2', true],
  ]);
});

test('a failure reaches the sink once', () => {
  const { begin, mailbox, heard } = caller();
  const { id } = begin();
  mailbox.receive({ type: 'failure', call: id, failure: 'why' });
  mailbox.receive({ type: 'failure', call: id, failure: 'again' });
  expect(heard).toEqual(['why']);
});

test.each([
  ['a "taken"', taken],
  ['a value', (id: string) => reply(id, '1')],
])('credit is held until %s says who took it, then goes there in order', (_, told) => {
  const { begin, mailbox, sent } = caller();
  const { call, id } = begin();
  call.credit(2);
  call.credit(3);
  expect(sent).toEqual([]);
  mailbox.receive(told(id));
  call.credit(4);
  mailbox.receive(told(id));
  expect(sent).toEqual([2, 3, 4].map((count) => ['there', { type: 'credit', call: id, count }]));
});

test('a cancel before the medium gave it to anybody takes it back', () => {
  const { begin, posted, sent, clock } = caller();
  posted.taken = false;
  const { call } = begin();
  expect(call.sent).toBe(false);
  call.cancel();
  expect([posted.withdrawn, sent, clock.timers]).toEqual([1, [], 0]);
});

test.each([
  ['"taken"', taken],
  ['a value', (id: string) => reply(id, '1')],
])('a cancel before %s follows as soon as that says where it goes', async (_, told) => {
  const { begin, mailbox, posted, sent, clock } = caller();
  const { call, id } = begin();
  expect(call.sent).toBe(true);
  call.cancel();
  expect([posted.withdrawn, sent]).toEqual([0, []]);
  mailbox.receive(told(id));
  expect(sent).toEqual([['there', { type: 'cancel', call: id }]]);
  mailbox.receive(told(id));
  expect(sent).toHaveLength(1);
  await clock.advance(10);
  expect(clock.timers).toBe(0);
});

test('a cancel after "taken" goes there at once', () => {
  const { begin, mailbox, sent, clock } = caller();
  const { call, id } = begin();
  mailbox.receive(taken(id));
  call.cancel();
  expect(sent).toEqual([['there', { type: 'cancel', call: id }]]);
  expect(clock.timers).toBe(0);
});

test.each([
  ['a value', (id: string) => reply(id, 'late')],
  ['the last value', (id: string) => reply(id, 'late', true)],
  ['a failure', (id: string): Frame => ({ type: 'failure', call: id, failure: 'late' })],
])('after a cancel, %s tells the sink nothing', (_, frame) => {
  const { begin, mailbox, heard } = caller();
  const { call, id } = begin();
  call.cancel();
  mailbox.receive(frame(id));
  expect(heard).toEqual([]);
});

test('a cancelled call whose taker never tells is forgotten after a minute', async () => {
  const { begin, mailbox, sent, clock } = caller();
  const { call, id } = begin();
  call.cancel();
  await clock.advance(59_000);
  expect(clock.timers).toBe(1);
  await clock.advance(1_020);
  expect(clock.timers).toBe(0);
  mailbox.receive(taken(id));
  expect(sent).toEqual([]);
});

test('close tells the sinks, and waits a second for those of whom nobody knows who works on them', async () => {
  const { begin, mailbox, sent, heard, clock } = caller();
  const known = begin();
  mailbox.receive(taken(known.id));
  const late = begin();
  begin(); // of which nothing is ever heard
  let closed = false;
  const closing = mailbox.close().then(() => (closed = true));
  expect(heard).toEqual(['CLIENT_CLOSED', 'CLIENT_CLOSED', 'CLIENT_CLOSED']);
  mailbox.receive(taken(late.id));
  expect(sent).toEqual([known, late].map(({ id }) => ['there', { type: 'cancel', call: id }]));
  await clock.advance(900);
  expect(closed).toBe(false);
  await clock.advance(120);
  expect(closed).toBe(true);
  await closing;
  expect(heard).toHaveLength(3);
});

test('close says nothing more to the sink of a call that was cancelled, and waits no minute for it', async () => {
  const { begin, mailbox, heard, clock } = caller();
  begin().call.cancel();
  const closing = mailbox.close();
  await clock.advance(1_020);
  await closing;
  expect(heard).toEqual([]);
});
