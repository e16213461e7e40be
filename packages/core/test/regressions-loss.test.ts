import { jsonCodec, PatternTable } from '@rookery/core';
import { expect, onTestFinished, test } from 'vitest';

test('a BigInt travels strictly where the application has said how', () => {
  const codec = jsonCodec({ strict: true });
  expect(() => codec.encode({ id: 1n })).toThrow('$.id is a BigInt');
  Object.assign(BigInt.prototype, { toJSON: (): string => 'big' });
  onTestFinished(() => void Reflect.deleteProperty(BigInt.prototype, 'toJSON'));
  expect(codec.encode({ id: 1n })).toBe('{"id":"big"}');
});

test('a value that was added twice under one pattern is found once', () => {
  const table = new PatternTable<object>();
  const value = {};
  table.add('a.b', value);
  table.add('a.b', value);
  expect(table.match('a.b')).toEqual([value]);
});
