import { createEnvelope, PackedFrames, unpackFrames, type Frame } from '@rookery/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const envelope = createEnvelope({ id: 'i', pattern: 'größe', timeout: 500, headers: { A: 'ü' } });
const request = { type: 'request', call: 'c', from: 'f', credit: 3, upload: false } as const;

const frames: readonly Frame[] = [
  ...[undefined, '', 'ü', new Uint8Array(0), Uint8Array.of(0, 255)].map(
    (body) => ({ ...request, message: { envelope, body } }) as const,
  ),
  { type: 'taken', call: 'c', from: 'f' },
  { type: 'reply', call: 'c', from: 'f', body: 'x', last: true },
  { type: 'failure', call: 'c', failure: '{}' },
  { type: 'credit', call: 'c', count: 2 },
  { type: 'cancel', call: 'c' },
  { type: 'probe', to: 'taker', call: 'c', from: 'f' },
  { type: 'present', to: 'caller', call: 'c' },
  { type: 'item', call: 'c', body: Uint8Array.of(1) },
  { type: 'itemsEnd', call: 'c', failure: undefined },
  { type: 'itemsEnd', call: 'c', failure: 'why' },
  { type: 'itemCredit', call: 'c', from: 'f', count: 1, bytes: 2 },
  { type: 'itemsStop', call: 'c', from: 'f' },
];

function packed(all: readonly Frame[], sent = 1_000): Buffer {
  const message = new PackedFrames();
  for (const frame of all) message.add(frame);
  const bytes = message.message(sent);
  expect([message.count, message.bytes]).toEqual([all.length, bytes.length]);
  return bytes;
}

test('frames come back as they were, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...frames)), (all) => {
      const withNative = all.map((frame) => (frame.type === 'request' ? { ...frame, native: 7 } : frame));
      expect([...unpackFrames(packed(all), 1_000, 7)]).toEqual(withNative);
    }),
  );
});

test('the time of a request runs from when it was sent, and never backwards', () => {
  const message = packed(frames.slice(0, 1));
  const left = [1_200, 900, 9_000].map((now) => {
    const [frame] = unpackFrames(message, now, undefined);
    return frame?.type === 'request' ? frame.message.envelope.timeout : undefined;
  });
  expect(left).toEqual([300, 500, 0]);
});

test('of what is cut off or no frame nothing comes, whatever it is', () => {
  const whole = packed(frames);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), (length) => {
      expect([...unpackFrames(whole.subarray(0, length), 0, undefined)].length).toBeLessThan(frames.length);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => void [...unpackFrames(Buffer.from(bytes), 0, undefined)]),
  );
  for (const sent of [NaN, -Infinity])
    expect([...unpackFrames(packed(frames, sent), 0, undefined)]).toEqual([]);
});
