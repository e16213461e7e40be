import { createEnvelope, type Frame } from '@rookery/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FetchedRecord } from '../src/fetch/fetched-record.js';
import { addresseeOf, decodeFrame, encodeFrame } from '../src/requests/frame-record.js';

function recordOf({ headers, value }: ReturnType<typeof encodeFrame>): FetchedRecord {
  return {
    ...{ topic: 't', partition: 0, offset: 0n, timestamp: 1_000, key: null, value: value ?? null },
    headers: headers.map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
  };
}

const envelope = createEnvelope({ id: 'i', pattern: 'größe', timeout: 500, headers: { A: 'ü' } });

const frames: readonly Frame[] = [
  ...[undefined, '', 'ü', new Uint8Array(0), Uint8Array.of(0, 255)].map(
    (body) =>
      ({
        type: 'request',
        call: 'c',
        from: 'f',
        credit: 3,
        upload: false,
        message: { envelope, body },
      }) as const,
  ),
  { type: 'taken', call: 'c', from: 'f' },
  { type: 'reply', call: 'c', from: 'f', body: 'x', last: true },
  { type: 'failure', call: 'c', failure: '{}' },
  { type: 'credit', call: 'c', count: 2 },
  { type: 'cancel', call: 'c' },
  { type: 'item', call: 'c', body: Uint8Array.of(1) },
  { type: 'itemsEnd', call: 'c', failure: undefined },
  { type: 'itemsEnd', call: 'c', failure: 'why' },
  { type: 'itemCredit', call: 'c', from: 'f', count: 1, bytes: 2 },
  { type: 'itemsStop', call: 'c', from: 'f' },
];

test.each(frames)('a frame comes back as it was: $type', (frame) => {
  const record = recordOf(encodeFrame(frame, 'there'));
  expect(addresseeOf(record)).toBe('there');
  const native = frame.type === 'request' ? { native: record } : {};
  expect(decodeFrame(record, 1_000)).toEqual({ ...frame, ...native });
});

test('the time of a request runs from when it was sent', () => {
  const record = recordOf(encodeFrame(frames[0] as Frame));
  const left = [1_200, 900, 9_000].map((now) => {
    const frame = decodeFrame(record, now);
    return frame?.type === 'request' ? frame.message.envelope.timeout : undefined;
  });
  expect(left).toEqual([300, 500, 0]);
});

test('what is no frame is none, whatever it is', () => {
  const headers = fc.oneof(
    fc.json(),
    fc.string(),
    fc.json().map((json) => `{"type":"request","call":"c","envelope":${json}}`),
  );
  fc.assert(
    fc.property(headers, fc.option(fc.uint8Array()), (text, value) => {
      const record = recordOf({
        headers: [['rookery-frame', text]],
        value: value ? Buffer.from(value) : undefined,
      });
      decodeFrame(record, 0);
    }),
  );
  expect(decodeFrame(recordOf({ headers: [], value: undefined }), 0)).toBeUndefined();
});
