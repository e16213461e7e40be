import { expect, test } from 'vitest';
import { acceptTracestate, formatTraceparent, parseTraceparent } from '../src/context/trace-context.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

test('a traceparent of version 00', () => {
  const text = `00-${traceId}-${spanId}-01`;
  expect(parseTraceparent(text)).toEqual({ traceId, spanId, flags: 1 });
  expect(formatTraceparent({ traceId, spanId, flags: 1 })).toBe(text);
  expect(parseTraceparent(`00-${traceId}-${spanId}-03`)).toEqual({ traceId, spanId, flags: 3 });
});

test('of a version to come, what version 00 has is taken', () => {
  const expected = { traceId, spanId, flags: 1 };
  expect(parseTraceparent(`01-${traceId}-${spanId}-09`)).toEqual(expected);
  expect(parseTraceparent(`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`)).toEqual(expected);
});

test.each([
  ['', 'empty'],
  [`ff-${traceId}-${spanId}-01`, 'the version that is none'],
  [`00-${traceId}-${spanId}-01-more`, 'more than version 00 has'],
  [`cc-${traceId}-${spanId}-01.more`, 'no separator before more'],
  [`00-${'0'.repeat(32)}-${spanId}-01`, 'a trace id of zeros'],
  [`00-${traceId}-${'0'.repeat(16)}-01`, 'a span id of zeros'],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, 'capitals'],
  [`00-${traceId}-${spanId}-1`, 'short flags'],
  [`00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`, 'two of them'],
  [` 00-${traceId}-${spanId}-01`, 'a space before it'],
  [`00-${traceId.slice(1)}-${spanId}-01`, 'a short trace id'],
])('%j is none: %s', (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
});

test('a tracestate is taken as it is, without spaces around its members', () => {
  expect(acceptTracestate('rojo=00f067aa0ba902b7, congo=t61rcWkgMzE ,, t@v=1')).toBe(
    'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,t@v=1',
  );
});

test.each([
  '',
  ' , ',
  'A=1',
  'a',
  'a=',
  'a=b=c',
  'a=\u0007',
  Array.from({ length: 33 }, (_, i) => `k${i}=v`).join(','),
])('the tracestate %j is none', (text) => expect(acceptTracestate(text)).toBeUndefined());

test('of a tracestate that is too long the long members go first, then the oldest', () => {
  const members = Array.from({ length: 6 }, (_, index) => `k${index}=${'v'.repeat(100)}`);
  const long = `long=${'v'.repeat(150)}`;
  expect(acceptTracestate([long, ...members].join(','))).toBe(members.slice(0, 4).join(','));
});
