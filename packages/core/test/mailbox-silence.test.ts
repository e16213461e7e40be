import { VirtualClock } from '@rookery/testing';
import { expect, test } from 'vitest';
import { Deadlines } from '../src/clock/deadlines.js';
import { createEnvelope } from '../src/envelope/envelope.js';
import { ConnectionLost } from '../src/errors/conditions.js';
import type { Frame, Side } from '../src/mailbox/frame.js';
import { Mailbox } from '../src/mailbox/mailbox.js';
import type { Responder } from '../src/transport/transport.js';

const message = { envelope: createEnvelope({ id: 'm1', pattern: 'p' }), body: undefined };
const upload = { credit() {}, stop() {} };

/** A caller and a service, between whom frames go as long as both are there. */
function pair() {
  const clock = new VirtualClock();
  const gone = new Set<string>();
  const types: string[] = [];
  const told: unknown[] = [];
  const heard: unknown[] = [];
  const responders: Responder[] = [];
  const mailboxes = new Map<string, Mailbox>();
  const carry = (to: string, frame: Frame): void => {
    types.push(frame.type);
    if (!gone.has(to)) mailboxes.get(to)?.receive(frame);
  };
  const medium = (from: string) => ({
    toService: (_: string, frame: Frame) => {
      carry('service', frame);
      return { taken: true, withdraw() {} };
    },
    toReplica: (to: string, frame: Frame) => {
      if (!gone.has(from)) carry(to, frame);
    },
  });
  for (const name of ['caller', 'service']) {
    mailboxes.set(name, new Mailbox(medium(name), name, new Deadlines(clock)));
  }
  const [caller, service] = [mailboxes.get('caller')!, mailboxes.get('service')!];
  service.serve((_, __, responder) => {
    responders.push(responder);
    return {
      credit() {},
      cancel: (cause) => told.push(cause?.code ?? 'cancel'),
      upload: { write: (body) => told.push(body), end: () => told.push('end'), fail() {} },
    };
  });
  const begin = (uploads: boolean) =>
    caller.request({ service: 's' }, message, 3, {
      reply: (body, last) => heard.push([body, last]),
      fail: (failure) => heard.push(failure),
      lost: (error) => heard.push(error.code),
      ...(uploads ? { upload } : {}),
    });
  return { clock, gone, types, told, heard, responders, caller, service, begin };
}

test('the two sides of an upload that is silent for long find each other, and it goes on', async () => {
  const { clock, types, told, heard, begin } = pair();
  const call = begin(true);
  await clock.advance(60_000);
  expect(types).toContain('probe' satisfies Frame['type']);
  expect(heard).toEqual([]);
  call.upload?.write('1');
  expect(told).toEqual(['1']);
});

test.each(['caller', 'service'])('when the %s of an upload is gone, the other side ends', async (dead) => {
  const { clock, gone, told, heard, begin } = pair();
  begin(true);
  await clock.advance(5_000);
  gone.add(dead);
  await clock.advance(3_500);
  expect(dead === 'caller' ? told : heard).toEqual(['CONNECTION_LOST']);
  await clock.advance(10_000);
  gone.clear();
  await clock.advance(10_000);
  expect(clock.timers).toBe(0);
});

test('a stream whose caller is gone ends; one that is only read slowly does not', async () => {
  const { clock, gone, told, responders, begin } = pair();
  begin(false);
  responders[0]!.reply('1', false);
  await clock.advance(30_000);
  expect(told).toEqual([]);
  gone.add('caller');
  await clock.advance(3_500);
  expect(told).toEqual(['CONNECTION_LOST']);
});

test('who does not know the call any more says so', () => {
  const { service, caller, types } = pair();
  const probe = (to: Side, from: string): Frame => ({ type: 'probe', to, call: 'caller/x', from });
  service.receive(probe('taker', 'caller'));
  caller.receive(probe('caller', 'service'));
  expect(types).toEqual(['failure', 'cancel']);
});

test('frames that may be lost end the calls under way, and the streams that have begun, not work that answers once', () => {
  const { caller, service, responders, told, heard, begin } = pair();
  begin(false);
  begin(false);
  responders[0]!.reply('1', false);
  service.workInterrupted(new ConnectionLost('cut'));
  expect(told).toEqual(['CONNECTION_LOST']);
  expect(heard[0]).toEqual(['1', false]);
  expect(heard[1]).toContain('cut');
  caller.callsInterrupted(new ConnectionLost('cut'));
  expect(heard.slice(2)).toEqual(['CONNECTION_LOST']);
});
