import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { attributeHeader, attributeOf, sourceOf, sourceUriOf, timeOf } from '@rookery/core';

test('a source is a URI reference, and comes back', () => {
  assert.equal(sourceUriOf('shop'), '/shop');
  const source = fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined });
  fc.assert(
    fc.property(source, (name) => {
      const uri = sourceUriOf(name);
      assert.match(uri, /^[\w/:%.!~*'()-]+$/);
      assert.equal(sourceOf(uri), name);
    }),
  );
  for (const foreign of ['https://python.example/users', 'urn:example:1', '/two/parts', 'word'])
    assert.equal(sourceOf(foreign), foreign);
});

test('an attribute that no field has is a header, and no header spoils a field', () => {
  assert.equal(attributeHeader('subject'), 'ce_subject');
  assert.equal(attributeOf('ce_subject', 'users/7'), 'subject');
  for (const name of ['id', 'type', 'source', 'data', 'datacontenttype', 'partitionkey', 'traceparent'])
    assert.deepEqual([attributeHeader(name), attributeOf(`ce_${name}`, 'x')], [undefined, undefined]);
  for (const [header, value] of [
    ['subject', 'x'],
    ['ce_Subject', 'x'],
    ['ce_sub-ject', 'x'],
    ['ce_', 'x'],
    ['ce_subject', ''],
  ] as const)
    assert.equal(attributeOf(header, value), undefined, header);
});

test('a time is one, or none', () => {
  assert.equal(timeOf('1970-01-01T02:00:00.001+02:00'), 1);
  assert.equal(timeOf('yesterday'), undefined);
});
