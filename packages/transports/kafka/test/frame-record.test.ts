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

const frame: Frame = {
  ...({ type: 'request', call: 'c', from: 'f', credit: 3, upload: false } as const),
  message: { envelope, body: 'ü' },
};

test('a frame comes back as it was, and says whom it is for', () => {
  const record = recordOf(encodeFrame(frame, 'there'));
  expect(addresseeOf(record)).toBe('there');
  expect(decodeFrame(record, 1_000)).toEqual({ ...frame, native: record });
});

test('the time of a request runs from when it was sent', () => {
  const record = recordOf(encodeFrame(frame));
  const left = [1_200, 900, 9_000].map((now) => {
    const read = decodeFrame(record, now);
    return read?.type === 'request' ? read.message.envelope.timeout : undefined;
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
